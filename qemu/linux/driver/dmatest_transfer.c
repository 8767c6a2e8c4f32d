// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Random pieces of memory are copied and filled, and compared with what came of it, and the bytes
 * around.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "dmatest_transfer.h"

/* Room for other offsets than 0, also of the largest transfer. */
#define SLACK_BYTES	PAGE_SIZE

/**
 * struct dmatest_transfer - one transfer with its buffers
 * @source: buffer of buffer_bytes bytes
 * @destination: the same
 * @source_offset: of the transfer in @source
 * @destination_offset: of the transfer in @destination, at least DMATEST_GUARD
 * @length: bytes to be transferred
 * @fill: write @value, do not copy
 * @value: for a fill
 * @poison: what the destination and its guards hold before
 * @polled: ask for the status; do not wait for the callback
 * @mapped: @source_address and @destination_address are valid
 * @source_address: bus address of the first byte to be read; not for a fill
 * @destination_address: bus address of the guard in front of the destination
 * @cookie: the provider's name for the transfer
 * @done: the callback was called
 * @outcome: what it said
 */
struct dmatest_transfer {
	u8 *source;
	u8 *destination;
	size_t source_offset;
	size_t destination_offset;
	size_t length;
	bool fill;
	u8 value;
	u8 poison;
	bool polled;
	bool mapped;
	dma_addr_t source_address;
	dma_addr_t destination_address;
	dma_cookie_t cookie;
	struct completion done;
	enum dmaengine_tx_result outcome;
};

/* Each power of two is as likely as the next; the most itself comes once in 32. */
static size_t random_size(struct rnd_state *random, size_t most)
{
	size_t low, high;

	if (prandom_u32_state(random) % 32 == 0)
		return most;
	low = (size_t)1 << (prandom_u32_state(random) % fls_long(most));
	high = min(2 * low - 1, most);
	return low + prandom_u32_state(random) % (high - low + 1);
}

/* Where a piece may begin, with room for guards on both sides; aligned every fourth time. */
static size_t random_offset(struct dmatest_work *work, size_t length)
{
	size_t choices = work->buffer_bytes - 2 * DMATEST_GUARD - length + 1;
	size_t offset = DMATEST_GUARD + prandom_u32_state(&work->random) % choices;

	if (prandom_u32_state(&work->random) % 4 == 0)
		offset = round_down(offset, DMATEST_GUARD);
	return offset;
}

static void draw_transfer(struct dmatest_work *work, struct dmatest_transfer *transfer)
{
	struct rnd_state *random = &work->random;
	u32 bits = prandom_u32_state(random);

	transfer->length = random_size(random, work->most);
	transfer->source_offset = random_offset(work, transfer->length);
	transfer->destination_offset = random_offset(work, transfer->length);
	transfer->polled = bits % 4 == 0;
	transfer->fill = (bits >> 2) % 4 == 0 &&
			 dma_has_cap(DMA_MEMSET, work->channel->device->cap_mask);
	transfer->value = bits >> 8;
	/* Different from the value, so that a fill that was not done is seen. */
	transfer->poison = transfer->value ^ (bits >> 16 | 1);
	if (work->noverify)
		return;
	memset(transfer->destination + transfer->destination_offset - DMATEST_GUARD,
	       transfer->poison, transfer->length + 2 * DMATEST_GUARD);
	if (!transfer->fill)
		prandom_bytes_state(random, transfer->source + transfer->source_offset,
				    transfer->length);
}

static struct device *mapping_device(const struct dmatest_work *work)
{
	return dmaengine_get_dma_device(work->channel);
}

/*
 * The guards are mapped with the destination: what is written beside it is seen through a bounce
 * buffer too.
 */
static int map_transfer(struct dmatest_work *work, struct dmatest_transfer *transfer)
{
	struct device *device = mapping_device(work);

	transfer->destination_address =
		dma_map_single(device,
			       transfer->destination + transfer->destination_offset - DMATEST_GUARD,
			       transfer->length + 2 * DMATEST_GUARD, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(device, transfer->destination_address))
		return -ENOMEM;
	if (!transfer->fill) {
		transfer->source_address =
			dma_map_single(device, transfer->source + transfer->source_offset,
				       transfer->length, DMA_TO_DEVICE);
		if (dma_mapping_error(device, transfer->source_address)) {
			dma_unmap_single(device, transfer->destination_address,
					 transfer->length + 2 * DMATEST_GUARD, DMA_BIDIRECTIONAL);
			return -ENOMEM;
		}
	}
	transfer->mapped = true;
	return 0;
}

static void unmap_transfer(struct dmatest_work *work, struct dmatest_transfer *transfer)
{
	struct device *device = mapping_device(work);

	if (!transfer->mapped)
		return;
	transfer->mapped = false;
	dma_unmap_single(device, transfer->destination_address,
			 transfer->length + 2 * DMATEST_GUARD, DMA_BIDIRECTIONAL);
	if (!transfer->fill)
		dma_unmap_single(device, transfer->source_address, transfer->length,
				 DMA_TO_DEVICE);
}

static void transfer_done(void *argument, const struct dmaengine_result *result)
{
	struct dmatest_transfer *transfer = argument;

	transfer->outcome = result ? result->result : DMA_TRANS_NOERROR;
	complete(&transfer->done);
}

static struct dma_async_tx_descriptor *prepare_once(struct dmatest_work *work,
						    struct dmatest_transfer *transfer)
{
	unsigned long flags = DMA_CTRL_ACK | (transfer->polled ? 0 : DMA_PREP_INTERRUPT);
	dma_addr_t destination = transfer->destination_address + DMATEST_GUARD;

	if (transfer->fill)
		return dmaengine_prep_dma_memset(work->channel, destination, transfer->value,
						 transfer->length, flags);
	return dmaengine_prep_dma_memcpy(work->channel, destination, transfer->source_address,
					 transfer->length, flags);
}

/* A provider may be out of descriptors for a while, other threads use them too. */
static struct dma_async_tx_descriptor *prepare(struct dmatest_work *work,
					       struct dmatest_transfer *transfer)
{
	ktime_t end = ktime_add_ms(ktime_get(), work->timeout_ms);
	struct dma_async_tx_descriptor *descriptor;

	for (;;) {
		descriptor = prepare_once(work, transfer);
		if (descriptor || ktime_after(ktime_get(), end))
			return descriptor;
		dma_async_issue_pending(work->channel);
		usleep_range(500, 1000);
	}
}

static int fail(struct dmatest_work *work, const struct dmatest_transfer *transfer, int result,
		const char *what)
{
	pr_err("thread %u, seed %lu, transfer %llu: %s of %zu bytes from offset %zu to offset %zu (%s): %s (%d)\n",
	       work->number, work->seed, work->transfers, transfer->fill ? "fill" : "copy",
	       transfer->length, transfer->source_offset, transfer->destination_offset,
	       transfer->polled ? "polled" : "callback", what, result);
	return result;
}

static int submit_transfer(struct dmatest_work *work, struct dmatest_transfer *transfer)
{
	struct dma_async_tx_descriptor *descriptor;
	int result;

	draw_transfer(work, transfer);
	result = map_transfer(work, transfer);
	if (result)
		return fail(work, transfer, result, "a buffer cannot be mapped");
	descriptor = prepare(work, transfer);
	if (!descriptor) {
		unmap_transfer(work, transfer);
		return fail(work, transfer, -EBUSY, "the channel gives no descriptor");
	}
	reinit_completion(&transfer->done);
	if (!transfer->polled) {
		descriptor->callback_result = transfer_done;
		descriptor->callback_param = transfer;
	}
	transfer->cookie = dmaengine_submit(descriptor);
	result = dma_submit_error(transfer->cookie);
	if (result) {
		unmap_transfer(work, transfer);
		return fail(work, transfer, result, "cannot be submitted");
	}
	return 0;
}

static enum dma_status poll_transfer(struct dmatest_work *work, struct dmatest_transfer *transfer)
{
	ktime_t end = ktime_add_ms(ktime_get(), work->timeout_ms);
	enum dma_status status;

	for (;;) {
		status = dma_async_is_tx_complete(work->channel, transfer->cookie, NULL, NULL);
		if (status != DMA_IN_PROGRESS || ktime_after(ktime_get(), end))
			return status;
		usleep_range(20, 100);
	}
}

static int wait_for_transfer(struct dmatest_work *work, struct dmatest_transfer *transfer)
{
	enum dma_status status;

	if (!transfer->polled &&
	    !wait_for_completion_timeout(&transfer->done, msecs_to_jiffies(work->timeout_ms))) {
		work->stuck = true;
		return fail(work, transfer, -ETIMEDOUT, "no callback within timeout_ms");
	}
	if (!transfer->polled && transfer->outcome != DMA_TRANS_NOERROR)
		return fail(work, transfer, -EIO, "the callback says it failed");
	/* After the callback the status says so too. */
	status = transfer->polled ? poll_transfer(work, transfer) :
		 dma_async_is_tx_complete(work->channel, transfer->cookie, NULL, NULL);
	switch (status) {
	case DMA_COMPLETE:
		return 0;
	case DMA_IN_PROGRESS:
		work->stuck = true;
		return fail(work, transfer, -ETIMEDOUT,
			    transfer->polled ? "not complete within timeout_ms" :
			    "not complete although the callback was called");
	default:
		return fail(work, transfer, -EIO, "the status says it failed");
	}
}

static int verify_transfer(struct dmatest_work *work, const struct dmatest_transfer *transfer)
{
	const u8 *destination = transfer->destination + transfer->destination_offset;
	const u8 *source = transfer->source + transfer->source_offset;
	const u8 *wrong = NULL;
	u8 expected = transfer->poison;
	size_t i;

	if (transfer->fill) {
		expected = transfer->value;
		wrong = memchr_inv(destination, transfer->value, transfer->length);
	} else if (memcmp(destination, source, transfer->length)) {
		for (i = 0; i < transfer->length - 1 && destination[i] == source[i]; i++)
			;
		expected = source[i];
		wrong = destination + i;
	}
	if (!wrong) {
		expected = transfer->poison;
		wrong = memchr_inv(destination - DMATEST_GUARD, expected, DMATEST_GUARD);
	}
	if (!wrong)
		wrong = memchr_inv(destination + transfer->length, expected, DMATEST_GUARD);
	if (!wrong)
		return 0;
	pr_err("byte %td of the destination: expected 0x%02x, got 0x%02x; before the transfer 0x%02x\n",
	       wrong - destination, expected, *wrong, transfer->poison);
	print_hex_dump(KERN_ERR, "the 16 bytes there: ", DUMP_PREFIX_NONE, 16, 1,
		       PTR_ALIGN_DOWN(wrong, 16), 16, false);
	return fail(work, transfer, -EILSEQ,
		    wrong >= destination && wrong < destination + transfer->length ?
		    "wrong data" : "a byte beside the destination has changed");
}

/**
 * dmatest_run_round - do some transfers at once, and look at them
 * @work: the work
 * @count: how many, up to DMATEST_SLOTS; all have ended when this returns, unless one is stuck
 *
 * Return: 0, or what was wrong with the first that was not right.
 */
int dmatest_run_round(struct dmatest_work *work, unsigned int count)
{
	unsigned int submitted;
	int result = 0;
	int wait_result;
	unsigned int i;

	for (submitted = 0; submitted < count && !result; submitted++)
		result = submit_transfer(work, &work->slots[submitted]);
	if (result)
		submitted--;
	dma_async_issue_pending(work->channel);
	for (i = 0; i < submitted && !work->stuck; i++) {
		struct dmatest_transfer *transfer = &work->slots[i];

		wait_result = wait_for_transfer(work, transfer);
		if (work->stuck)
			return wait_result;
		unmap_transfer(work, transfer);
		if (!wait_result && !work->noverify)
			wait_result = verify_transfer(work, transfer);
		if (!result)
			result = wait_result;
		if (!result) {
			work->transfers++;
			work->bytes += transfer->length;
		}
	}
	return result;
}

static u8 *allocate_buffer(struct dmatest_work *work, bool above)
{
	u8 *buffer = alloc_pages_exact(work->buffer_bytes,
				       GFP_KERNEL | __GFP_ZERO | (above ? 0 : GFP_DMA32));

	if (buffer && virt_to_phys(buffer) + work->buffer_bytes - 1 > U32_MAX)
		work->above_4g++;
	return buffer;
}

/**
 * dmatest_work_init - get the buffers
 * @work: the work, to be freed also when this fails
 * @above: take them anywhere; otherwise only below 4 GiB
 *
 * Return: 0 or -ENOMEM.
 */
int dmatest_work_init(struct dmatest_work *work, bool above)
{
	unsigned int i;

	work->buffer_bytes = PAGE_ALIGN(work->most + 2 * DMATEST_GUARD + SLACK_BYTES);
	work->slots = kcalloc(DMATEST_SLOTS, sizeof(*work->slots), GFP_KERNEL);
	if (!work->slots)
		return -ENOMEM;
	for (i = 0; i < DMATEST_SLOTS; i++) {
		struct dmatest_transfer *transfer = &work->slots[i];

		init_completion(&transfer->done);
		transfer->source = allocate_buffer(work, above);
		transfer->destination = allocate_buffer(work, above);
		if (!transfer->source || !transfer->destination) {
			pr_err("no memory for buffers of %zu bytes; give a smaller max_bytes\n",
			       work->buffer_bytes);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * dmatest_work_free - give the buffers back
 * @work: the work, whose channel has nothing to do any more; all zeros is allowed
 */
void dmatest_work_free(struct dmatest_work *work)
{
	unsigned int i;

	for (i = 0; work->slots && i < DMATEST_SLOTS; i++) {
		struct dmatest_transfer *transfer = &work->slots[i];

		unmap_transfer(work, transfer);
		if (transfer->source)
			free_pages_exact(transfer->source, work->buffer_bytes);
		if (transfer->destination)
			free_pages_exact(transfer->destination, work->buffer_bytes);
	}
	kfree(work->slots);
}
