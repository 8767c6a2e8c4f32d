// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * qdpi_dmatest: a client of the dmaengine provider in qdpi_dma.ko. Threads copy and fill random
 * pieces of memory and compare what came of it, and the bytes around. The module loads only if all
 * was right; with async=1 it loads at once, and the parameter "result" tells.
 *
 * An insmod that tries init_module(2) after finit_module(2) has failed, such as busybox', repeats a
 * failed test, and its exit status is that of the second run. There, use async=1.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Bytes before and behind each destination that nobody may change. */
#define GUARD_BYTES	64
/* Room for other offsets than 0, also of the largest transfer. */
#define SLACK_BYTES	PAGE_SIZE
/* Transfers that a thread has in flight at most; each has its own buffers. */
#define SLOTS		4

#define MAX_THREADS	64
#define MAX_MAX_BYTES	SZ_1M

static unsigned int threads = 2;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "number of threads (default: 2)");

static unsigned int transfers = 1000;
module_param(transfers, uint, 0444);
MODULE_PARM_DESC(transfers, "transfers of each thread; 0, with async=1: until removal (default: 1000)");

static unsigned int max_bytes = SZ_64K;
module_param(max_bytes, uint, 0444);
MODULE_PARM_DESC(max_bytes, "most bytes of a transfer (default: 65536)");

static unsigned long seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "same seed, same transfers in each thread (default: 1)");

static unsigned int timeout_ms = 30000;
module_param(timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "longest time for one transfer (default: 30000)");

static bool above = true;
module_param(above, bool, 0444);
MODULE_PARM_DESC(above, "take buffers anywhere; 0: only below 4 GiB (default: 1)");

static bool noverify;
module_param(noverify, bool, 0444);
MODULE_PARM_DESC(noverify, "do not look at the data (default: 0)");

static bool run_async;
module_param_named(async, run_async, bool, 0444);
MODULE_PARM_DESC(async, "load at once and work in the background (default: 0)");

/**
 * struct transfer - one transfer with its buffers
 * @source: buffer of buffer_bytes bytes
 * @destination: the same
 * @source_offset: of the transfer in @source
 * @destination_offset: of the transfer in @destination, at least GUARD_BYTES
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
struct transfer {
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

struct test_thread {
	struct dmatest *test;
	struct task_struct *task;
	struct dma_chan *channel;
	unsigned int number;
	struct rnd_state random;
	struct transfer slots[SLOTS];
	u64 transfers;
	u64 bytes;
	int result;
	bool stuck;
};

enum test_state { TEST_RUNNING, TEST_PASS, TEST_FAIL };

/**
 * struct dmatest - the whole test
 * @channels: those in use; threads share them when there are less than threads
 * @channel_count: how many
 * @threads: all threads
 * @thread_count: how many have been started
 * @buffer_bytes: of each buffer
 * @most: bytes of the largest transfer
 * @above_4g: buffers that reach beyond 4 GiB
 * @started: when
 * @running: threads that have not ended, and the one who starts them
 * @all_done: the verdict is there
 */
struct dmatest {
	struct dma_chan *channels[MAX_THREADS];
	unsigned int channel_count;
	struct test_thread *threads;
	unsigned int thread_count;
	size_t buffer_bytes;
	size_t most;
	unsigned int above_4g;
	ktime_t started;
	atomic_t running;
	struct completion all_done;
};

static struct dmatest *the_test;
static enum test_state test_state = TEST_RUNNING;

static int result_get(char *buffer, const struct kernel_param *parameter)
{
	static const char * const names[] = {
		[TEST_RUNNING] = "running",
		[TEST_PASS] = "pass",
		[TEST_FAIL] = "fail",
	};

	return sysfs_emit(buffer, "%s\n", names[READ_ONCE(test_state)]);
}

static const struct kernel_param_ops result_ops = { .get = result_get };

module_param_cb(result, &result_ops, NULL, 0444);
MODULE_PARM_DESC(result, "running, pass or fail; to be read");

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
static size_t random_offset(struct test_thread *thread, size_t length)
{
	size_t choices = thread->test->buffer_bytes - 2 * GUARD_BYTES - length + 1;
	size_t offset = GUARD_BYTES + prandom_u32_state(&thread->random) % choices;

	if (prandom_u32_state(&thread->random) % 4 == 0)
		offset = round_down(offset, GUARD_BYTES);
	return offset;
}

static void draw_transfer(struct test_thread *thread, struct transfer *transfer)
{
	struct rnd_state *random = &thread->random;
	u32 bits = prandom_u32_state(random);

	transfer->length = random_size(random, thread->test->most);
	transfer->source_offset = random_offset(thread, transfer->length);
	transfer->destination_offset = random_offset(thread, transfer->length);
	transfer->polled = bits % 4 == 0;
	transfer->fill = (bits >> 2) % 4 == 0 &&
			 dma_has_cap(DMA_MEMSET, thread->channel->device->cap_mask);
	transfer->value = bits >> 8;
	/* Different from the value, so that a fill that was not done is seen. */
	transfer->poison = transfer->value ^ (bits >> 16 | 1);
	if (noverify)
		return;
	memset(transfer->destination + transfer->destination_offset - GUARD_BYTES,
	       transfer->poison, transfer->length + 2 * GUARD_BYTES);
	if (!transfer->fill)
		prandom_bytes_state(random, transfer->source + transfer->source_offset,
				    transfer->length);
}

static struct device *mapping_device(const struct test_thread *thread)
{
	return dmaengine_get_dma_device(thread->channel);
}

/*
 * The guards are mapped with the destination: what is written beside it is seen through a bounce
 * buffer too.
 */
static int map_transfer(struct test_thread *thread, struct transfer *transfer)
{
	struct device *device = mapping_device(thread);

	transfer->destination_address =
		dma_map_single(device,
			       transfer->destination + transfer->destination_offset - GUARD_BYTES,
			       transfer->length + 2 * GUARD_BYTES, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(device, transfer->destination_address))
		return -ENOMEM;
	if (!transfer->fill) {
		transfer->source_address =
			dma_map_single(device, transfer->source + transfer->source_offset,
				       transfer->length, DMA_TO_DEVICE);
		if (dma_mapping_error(device, transfer->source_address)) {
			dma_unmap_single(device, transfer->destination_address,
					 transfer->length + 2 * GUARD_BYTES, DMA_BIDIRECTIONAL);
			return -ENOMEM;
		}
	}
	transfer->mapped = true;
	return 0;
}

static void unmap_transfer(struct test_thread *thread, struct transfer *transfer)
{
	struct device *device = mapping_device(thread);

	if (!transfer->mapped)
		return;
	transfer->mapped = false;
	dma_unmap_single(device, transfer->destination_address,
			 transfer->length + 2 * GUARD_BYTES, DMA_BIDIRECTIONAL);
	if (!transfer->fill)
		dma_unmap_single(device, transfer->source_address, transfer->length,
				 DMA_TO_DEVICE);
}

static void transfer_done(void *argument, const struct dmaengine_result *result)
{
	struct transfer *transfer = argument;

	transfer->outcome = result ? result->result : DMA_TRANS_NOERROR;
	complete(&transfer->done);
}

static struct dma_async_tx_descriptor *prepare_once(struct test_thread *thread,
						    struct transfer *transfer)
{
	unsigned long flags = DMA_CTRL_ACK | (transfer->polled ? 0 : DMA_PREP_INTERRUPT);
	dma_addr_t destination = transfer->destination_address + GUARD_BYTES;

	if (transfer->fill)
		return dmaengine_prep_dma_memset(thread->channel, destination, transfer->value,
						 transfer->length, flags);
	return dmaengine_prep_dma_memcpy(thread->channel, destination, transfer->source_address,
					 transfer->length, flags);
}

/* A provider may be out of descriptors for a while, other threads use them too. */
static struct dma_async_tx_descriptor *prepare(struct test_thread *thread,
					       struct transfer *transfer)
{
	ktime_t end = ktime_add_ms(ktime_get(), timeout_ms);
	struct dma_async_tx_descriptor *descriptor;

	for (;;) {
		descriptor = prepare_once(thread, transfer);
		if (descriptor || ktime_after(ktime_get(), end))
			return descriptor;
		dma_async_issue_pending(thread->channel);
		usleep_range(500, 1000);
	}
}

static int fail(struct test_thread *thread, const struct transfer *transfer, int result,
		const char *what)
{
	pr_err("thread %u, seed %lu, transfer %llu: %s of %zu bytes from offset %zu to offset %zu (%s): %s (%d)\n",
	       thread->number, seed, thread->transfers, transfer->fill ? "fill" : "copy",
	       transfer->length, transfer->source_offset, transfer->destination_offset,
	       transfer->polled ? "polled" : "callback", what, result);
	return result;
}

static int submit_transfer(struct test_thread *thread, struct transfer *transfer)
{
	struct dma_async_tx_descriptor *descriptor;
	int result;

	draw_transfer(thread, transfer);
	result = map_transfer(thread, transfer);
	if (result)
		return fail(thread, transfer, result, "a buffer cannot be mapped");
	descriptor = prepare(thread, transfer);
	if (!descriptor) {
		unmap_transfer(thread, transfer);
		return fail(thread, transfer, -EBUSY, "the channel gives no descriptor");
	}
	reinit_completion(&transfer->done);
	if (!transfer->polled) {
		descriptor->callback_result = transfer_done;
		descriptor->callback_param = transfer;
	}
	transfer->cookie = dmaengine_submit(descriptor);
	result = dma_submit_error(transfer->cookie);
	if (result) {
		unmap_transfer(thread, transfer);
		return fail(thread, transfer, result, "cannot be submitted");
	}
	return 0;
}

static enum dma_status poll_transfer(struct test_thread *thread, struct transfer *transfer)
{
	ktime_t end = ktime_add_ms(ktime_get(), timeout_ms);
	enum dma_status status;

	for (;;) {
		status = dma_async_is_tx_complete(thread->channel, transfer->cookie, NULL, NULL);
		if (status != DMA_IN_PROGRESS || ktime_after(ktime_get(), end))
			return status;
		usleep_range(20, 100);
	}
}

static int wait_for_transfer(struct test_thread *thread, struct transfer *transfer)
{
	enum dma_status status;

	if (!transfer->polled &&
	    !wait_for_completion_timeout(&transfer->done, msecs_to_jiffies(timeout_ms))) {
		thread->stuck = true;
		return fail(thread, transfer, -ETIMEDOUT, "no callback within timeout_ms");
	}
	if (!transfer->polled && transfer->outcome != DMA_TRANS_NOERROR)
		return fail(thread, transfer, -EIO, "the callback says it failed");
	/* After the callback the status says so too. */
	status = transfer->polled ? poll_transfer(thread, transfer) :
		 dma_async_is_tx_complete(thread->channel, transfer->cookie, NULL, NULL);
	switch (status) {
	case DMA_COMPLETE:
		return 0;
	case DMA_IN_PROGRESS:
		thread->stuck = true;
		return fail(thread, transfer, -ETIMEDOUT,
			    transfer->polled ? "not complete within timeout_ms" :
			    "not complete although the callback was called");
	default:
		return fail(thread, transfer, -EIO, "the status says it failed");
	}
}

static int verify_transfer(struct test_thread *thread, const struct transfer *transfer)
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
		wrong = memchr_inv(destination - GUARD_BYTES, expected, GUARD_BYTES);
	}
	if (!wrong)
		wrong = memchr_inv(destination + transfer->length, expected, GUARD_BYTES);
	if (!wrong)
		return 0;
	pr_err("byte %td of the destination: expected 0x%02x, got 0x%02x; before the transfer 0x%02x\n",
	       wrong - destination, expected, *wrong, transfer->poison);
	print_hex_dump(KERN_ERR, "the 16 bytes there: ", DUMP_PREFIX_NONE, 16, 1,
		       PTR_ALIGN_DOWN(wrong, 16), 16, false);
	return fail(thread, transfer, -EILSEQ,
		    wrong >= destination && wrong < destination + transfer->length ?
		    "wrong data" : "a byte beside the destination has changed");
}

/* Up to SLOTS transfers at once; all of them have ended when this returns, unless stuck. */
static int run_round(struct test_thread *thread, unsigned int count)
{
	unsigned int submitted;
	int result = 0;
	int wait_result;
	unsigned int i;

	for (submitted = 0; submitted < count && !result; submitted++)
		result = submit_transfer(thread, &thread->slots[submitted]);
	if (result)
		submitted--;
	dma_async_issue_pending(thread->channel);
	for (i = 0; i < submitted && !thread->stuck; i++) {
		struct transfer *transfer = &thread->slots[i];

		wait_result = wait_for_transfer(thread, transfer);
		if (thread->stuck)
			return wait_result;
		unmap_transfer(thread, transfer);
		if (!wait_result && !noverify)
			wait_result = verify_transfer(thread, transfer);
		if (!result)
			result = wait_result;
		if (!result) {
			thread->transfers++;
			thread->bytes += transfer->length;
		}
	}
	return result;
}

static void conclude(struct dmatest *test)
{
	s64 ms = ktime_ms_delta(ktime_get(), test->started);
	u64 transfer_sum = 0;
	u64 byte_sum = 0;
	bool passed = true;
	bool complete;
	unsigned int i;

	for (i = 0; i < test->thread_count; i++) {
		transfer_sum += test->threads[i].transfers;
		byte_sum += test->threads[i].bytes;
		passed = passed && !test->threads[i].result;
	}
	/* A run without any work proves nothing. */
	passed = passed && transfer_sum;
	complete = transfer_sum >= (u64)transfers * test->thread_count;
	pr_info("%s transfers=%llu bytes=%llu above_4g=%u buffers=%u ms=%lld\n",
		!passed ? "FAIL" : complete ? "PASS" : "STOPPED", transfer_sum, byte_sum,
		test->above_4g, test->thread_count * SLOTS * 2, ms);
	WRITE_ONCE(test_state, passed ? TEST_PASS : TEST_FAIL);
	complete_all(&test->all_done);
}

static void thread_ended(struct dmatest *test)
{
	if (atomic_dec_and_test(&test->running))
		conclude(test);
}

static int test_thread_main(void *argument)
{
	struct test_thread *thread = argument;
	unsigned int count;

	while (!kthread_should_stop() && !thread->result &&
	       (!transfers || thread->transfers < transfers)) {
		count = 1 + prandom_u32_state(&thread->random) % SLOTS;
		if (transfers)
			count = min_t(u64, count, transfers - thread->transfers);
		thread->result = run_round(thread, count);
		cond_resched();
	}
	thread_ended(thread->test);
	return 0;
}

static bool is_our_channel(struct dma_chan *channel, void *unused)
{
	return strstarts(dev_name(channel->device->dev), "qdpi-dma");
}

static int request_channels(struct dmatest *test)
{
	size_t limit = SIZE_MAX;
	dma_cap_mask_t mask;
	unsigned int i;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	for (i = 0; i < threads; i++) {
		struct dma_chan *channel = dma_request_channel(mask, is_our_channel, NULL);

		if (!channel)
			break;
		test->channels[test->channel_count++] = channel;
		limit = min(limit, dma_max_mapping_size(dmaengine_get_dma_device(channel)));
	}
	if (!test->channel_count) {
		pr_err("there is no free channel of qdpi-dma; is qdpi_dma.ko loaded, without windows=1?\n");
		return -ENODEV;
	}
	if (limit <= 2 * GUARD_BYTES) {
		pr_err("the DMA layer maps no more than %zu bytes\n", limit);
		return -EINVAL;
	}
	test->most = min_t(size_t, max_bytes, limit - 2 * GUARD_BYTES);
	test->buffer_bytes = PAGE_ALIGN(test->most + 2 * GUARD_BYTES + SLACK_BYTES);
	return 0;
}

static u8 *allocate_buffer(struct dmatest *test)
{
	u8 *buffer = alloc_pages_exact(test->buffer_bytes,
				       GFP_KERNEL | __GFP_ZERO | (above ? 0 : GFP_DMA32));

	if (buffer && virt_to_phys(buffer) + test->buffer_bytes - 1 > U32_MAX)
		test->above_4g++;
	return buffer;
}

static int set_up_thread(struct dmatest *test, unsigned int number)
{
	struct test_thread *thread = &test->threads[number];
	unsigned int i;

	thread->test = test;
	thread->number = number;
	thread->channel = test->channels[number % test->channel_count];
	prandom_seed_state(&thread->random, seed * 1000003 + number);
	for (i = 0; i < SLOTS; i++) {
		init_completion(&thread->slots[i].done);
		thread->slots[i].source = allocate_buffer(test);
		thread->slots[i].destination = allocate_buffer(test);
		if (!thread->slots[i].source || !thread->slots[i].destination) {
			pr_err("no memory for buffers of %zu bytes; give a smaller max_bytes\n",
			       test->buffer_bytes);
			return -ENOMEM;
		}
	}
	thread->task = kthread_create(test_thread_main, thread, "qdpi_dmatest/%u", number);
	if (IS_ERR(thread->task)) {
		int result = PTR_ERR(thread->task);

		thread->task = NULL;
		return result;
	}
	/* The thread may end by itself before it is told to. */
	get_task_struct(thread->task);
	return 0;
}

static void free_buffers(struct dmatest *test, struct test_thread *thread)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		struct transfer *transfer = &thread->slots[i];

		unmap_transfer(thread, transfer);
		if (transfer->source)
			free_pages_exact(transfer->source, test->buffer_bytes);
		if (transfer->destination)
			free_pages_exact(transfer->destination, test->buffer_bytes);
	}
}

static void tear_down(struct dmatest *test)
{
	unsigned int i;

	for (i = 0; test->threads && i < threads; i++) {
		if (test->threads[i].task) {
			kthread_stop(test->threads[i].task);
			put_task_struct(test->threads[i].task);
		}
	}
	/* What is stuck may still write; nothing is freed before it cannot any more. */
	for (i = 0; i < test->channel_count; i++)
		dmaengine_terminate_sync(test->channels[i]);
	for (i = 0; test->threads && i < threads; i++) {
		if (test->threads[i].test)
			free_buffers(test, &test->threads[i]);
	}
	for (i = 0; i < test->channel_count; i++)
		dma_release_channel(test->channels[i]);
	kfree(test->threads);
	kfree(test);
}

static int start_threads(struct dmatest *test)
{
	unsigned int i;
	int result;

	test->threads = kcalloc(threads, sizeof(*test->threads), GFP_KERNEL);
	if (!test->threads)
		return -ENOMEM;
	for (i = 0; i < threads; i++) {
		result = set_up_thread(test, i);
		if (result)
			return result;
	}
	pr_info("%u threads on %u channels of %s, transfers of 1 to %zu bytes, %u of %u buffers above 4 GiB\n",
		threads, test->channel_count, dev_name(test->channels[0]->device->dev),
		test->most, test->above_4g, threads * SLOTS * 2);
	test->started = ktime_get();
	test->thread_count = threads;
	atomic_set(&test->running, threads);
	for (i = 0; i < threads; i++)
		wake_up_process(test->threads[i].task);
	return 0;
}

static int check_parameters(void)
{
	if (!threads || threads > MAX_THREADS) {
		pr_err("threads=%u: give 1 to %u\n", threads, MAX_THREADS);
		return -EINVAL;
	}
	if (!max_bytes || max_bytes > MAX_MAX_BYTES) {
		pr_err("max_bytes=%u: give 1 to %u\n", max_bytes, MAX_MAX_BYTES);
		return -EINVAL;
	}
	if (!transfers && !run_async) {
		pr_err("transfers=0 has no end: give async=1, and remove the module to end it\n");
		return -EINVAL;
	}
	return 0;
}

static int __init qdpi_dmatest_init(void)
{
	struct dmatest *test;
	int result = check_parameters();

	if (result)
		return result;
	test = kzalloc(sizeof(*test), GFP_KERNEL);
	if (!test)
		return -ENOMEM;
	init_completion(&test->all_done);
	result = request_channels(test);
	if (!result)
		result = start_threads(test);
	if (!result && run_async) {
		the_test = test;
		return 0;
	}
	if (!result && wait_for_completion_interruptible(&test->all_done))
		result = -EINTR;
	tear_down(test);
	if (!result && READ_ONCE(test_state) != TEST_PASS)
		result = -EIO;
	return result;
}

static void __exit qdpi_dmatest_exit(void)
{
	if (the_test)
		tear_down(the_test);
}

module_init(qdpi_dmatest_init);
module_exit(qdpi_dmatest_exit);

MODULE_AUTHOR("The qemu-dpi authors");
MODULE_DESCRIPTION("Test client for the DMA engine of qemu-dpi");
MODULE_LICENSE("GPL");
