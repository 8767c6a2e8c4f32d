// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * qdpi_dmafail: a client of the dmaengine provider in qdpi_dma.ko whose transfers fail, and which
 * asks what became of them instead of being told. Its line in the kernel's log says whether the
 * answers were right; it loads in any case.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#define TRANSFERS	201
#define SHORT_BYTES	64
/* The most that there is in one piece; the testbench makes it last. */
#define MEMORY_BYTES	SZ_4M
#define LONG_BYTES	(MEMORY_BYTES - TRANSFERS * SHORT_BYTES)
#define VALUE		0x5a
/* No PC of the tests has memory there. */
#define NOWHERE		BIT_ULL(44)
/* The last of them, among which no more have failed than the provider remembers one by one. */
#define RECENT		100

#define TIMEOUT_MS	60000
#define QUIET_MS	500

static bool abandoned;
module_param(abandoned, bool, 0444);
MODULE_PARM_DESC(abandoned, "one transfer outlasts timeout_ms of qdpi_dma, all are abandoned; 0: every other one fails on the bus (default: 0)");

/**
 * struct failtest - the test
 * @channel: where all transfers go
 * @memory: LONG_BYTES, and SHORT_BYTES for each transfer
 * @address: bus address of that
 * @cookies: the provider's names for the transfers
 */
struct failtest {
	struct dma_chan *channel;
	u8 *memory;
	dma_addr_t address;
	dma_cookie_t cookies[TRANSFERS];
};

static bool is_bad(unsigned int index)
{
	return abandoned || index % 2 == 0;
}

static int submit_fill(struct failtest *test, unsigned int index)
{
	dma_addr_t address = test->address + LONG_BYTES + index * SHORT_BYTES;
	struct dma_async_tx_descriptor *descriptor;
	size_t bytes = SHORT_BYTES;

	if (abandoned && index == 0) {
		address = test->address;
		bytes = LONG_BYTES;
	} else if (!abandoned && is_bad(index)) {
		address = NOWHERE;
	}
	descriptor = dmaengine_prep_dma_memset(test->channel, address, VALUE, bytes, DMA_CTRL_ACK);
	if (!descriptor)
		return -ENOMEM;
	test->cookies[index] = dmaengine_submit(descriptor);
	return dma_submit_error(test->cookies[index]);
}

static enum dma_status status_of(struct failtest *test, unsigned int index)
{
	return dma_async_is_tx_complete(test->channel, test->cookies[index], NULL, NULL);
}

static bool all_ended(struct failtest *test)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(TIMEOUT_MS);

	while (status_of(test, TRANSFERS - 1) == DMA_IN_PROGRESS) {
		if (time_after(jiffies, deadline)) {
			pr_err("transfers are in progress for more than %u ms\n", TIMEOUT_MS);
			return false;
		}
		msleep(20);
	}
	return true;
}

/* Those that failed must say so, also the first; recent ones that did not fail say that. */
static bool answers_right(struct failtest *test)
{
	unsigned int wrong = 0, index;
	enum dma_status status;

	for (index = 0; index < TRANSFERS; index++) {
		status = status_of(test, index);
		if (is_bad(index) ? status == DMA_ERROR :
		    status == DMA_COMPLETE || (status == DMA_ERROR && index < TRANSFERS - RECENT))
			continue;
		if (!wrong)
			pr_err("transfer %u %s, but its status is %u\n", index,
			       is_bad(index) ? "has failed" : "was carried out", status);
		wrong++;
	}
	if (wrong)
		pr_err("%u of %u statuses are wrong\n", wrong, TRANSFERS);
	return !wrong;
}

/* How far the long transfer got: it goes on writing where it has not yet. */
static const u8 *first_unwritten(const struct failtest *test)
{
	return memchr_inv(test->memory, VALUE, LONG_BYTES);
}

/* What has ended, however it did, is the client's again. */
static bool memory_quiet(const struct failtest *test)
{
	const u8 *before = first_unwritten(test);

	if (!abandoned)
		return true;
	if (!before) {
		pr_err("the engine was fast enough: nothing had to be abandoned\n");
		return false;
	}
	msleep(QUIET_MS);
	if (first_unwritten(test) == before)
		return true;
	pr_err("%td bytes were written after the end of the transfer\n",
	       first_unwritten(test) - before);
	return false;
}

static bool run(struct failtest *test)
{
	unsigned int index;

	for (index = 0; index < TRANSFERS; index++) {
		if (submit_fill(test, index)) {
			pr_err("transfer %u cannot be submitted\n", index);
			return false;
		}
	}
	dma_async_issue_pending(test->channel);
	return all_ended(test) && memory_quiet(test) && answers_right(test);
}

static bool is_our_channel(struct dma_chan *channel, void *unused)
{
	return strstarts(dev_name(channel->device->dev), "qdpi-dma");
}

static int __init qdpi_dmafail_init(void)
{
	struct failtest *test = kzalloc(sizeof(*test), GFP_KERNEL);
	struct device *device;
	dma_cap_mask_t mask;
	int result = 0;

	if (!test)
		return -ENOMEM;
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMSET, mask);
	test->channel = dma_request_channel(mask, is_our_channel, NULL);
	if (!test->channel) {
		result = -ENODEV;
		goto out_free;
	}
	device = dmaengine_get_dma_device(test->channel);
	test->memory = dma_alloc_coherent(device, MEMORY_BYTES, &test->address, GFP_KERNEL);
	if (!test->memory) {
		result = -ENOMEM;
		goto out_release;
	}
	pr_info("%s\n", run(test) ? "PASS" : "FAIL");
	dmaengine_terminate_sync(test->channel);
	dma_free_coherent(device, MEMORY_BYTES, test->memory, test->address);
out_release:
	dma_release_channel(test->channel);
out_free:
	kfree(test);
	return result;
}

static void __exit qdpi_dmafail_exit(void)
{
}

module_init(qdpi_dmafail_init);
module_exit(qdpi_dmafail_exit);

MODULE_AUTHOR("The qemu-dpi authors");
MODULE_DESCRIPTION("Test client for the DMA engine of qemu-dpi: transfers that fail");
MODULE_LICENSE("GPL");
