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

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "dmatest_transfer.h"

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

struct test_thread {
	struct dmatest *test;
	struct task_struct *task;
	struct dmatest_work work;
	int result;
};

enum test_state { TEST_RUNNING, TEST_PASS, TEST_FAIL };

/**
 * struct dmatest - the whole test
 * @channels: those in use; threads share them when there are less than threads
 * @channel_count: how many
 * @threads: all threads
 * @thread_count: how many have been started
 * @most: bytes of the largest transfer
 * @above_4g: buffers that reach beyond 4 GiB
 * @started: when
 * @running: threads that have not ended
 * @all_done: the verdict is there
 */
struct dmatest {
	struct dma_chan *channels[MAX_THREADS];
	unsigned int channel_count;
	struct test_thread *threads;
	unsigned int thread_count;
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

static void conclude(struct dmatest *test)
{
	s64 ms = ktime_ms_delta(ktime_get(), test->started);
	u64 transfer_sum = 0;
	u64 byte_sum = 0;
	bool passed = true;
	bool complete;
	unsigned int i;

	for (i = 0; i < test->thread_count; i++) {
		transfer_sum += test->threads[i].work.transfers;
		byte_sum += test->threads[i].work.bytes;
		passed = passed && !test->threads[i].result;
	}
	/* A run without any work proves nothing. */
	passed = passed && transfer_sum;
	complete = transfer_sum >= (u64)transfers * test->thread_count;
	pr_info("%s transfers=%llu bytes=%llu above_4g=%u buffers=%u ms=%lld\n",
		!passed ? "FAIL" : complete ? "PASS" : "STOPPED", transfer_sum, byte_sum,
		test->above_4g, test->thread_count * DMATEST_SLOTS * 2, ms);
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
	       (!transfers || thread->work.transfers < transfers)) {
		count = 1 + prandom_u32_state(&thread->work.random) % DMATEST_SLOTS;
		if (transfers)
			count = min_t(u64, count, transfers - thread->work.transfers);
		thread->result = dmatest_run_round(&thread->work, count);
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
	if (limit <= 2 * DMATEST_GUARD) {
		pr_err("the DMA layer maps no more than %zu bytes\n", limit);
		return -EINVAL;
	}
	test->most = min_t(size_t, max_bytes, limit - 2 * DMATEST_GUARD);
	return 0;
}

static int set_up_thread(struct dmatest *test, unsigned int number)
{
	struct test_thread *thread = &test->threads[number];
	struct dmatest_work *work = &thread->work;
	int result;

	thread->test = test;
	work->channel = test->channels[number % test->channel_count];
	work->number = number;
	work->seed = seed;
	work->timeout_ms = timeout_ms;
	work->most = test->most;
	work->noverify = noverify;
	prandom_seed_state(&work->random, seed * 1000003 + number);
	result = dmatest_work_init(work, above);
	if (result)
		return result;
	test->above_4g += work->above_4g;
	thread->task = kthread_create(test_thread_main, thread, "qdpi_dmatest/%u", number);
	if (IS_ERR(thread->task)) {
		result = PTR_ERR(thread->task);
		thread->task = NULL;
		return result;
	}
	/* The thread may end by itself before it is told to. */
	get_task_struct(thread->task);
	return 0;
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
	for (i = 0; test->threads && i < threads; i++)
		dmatest_work_free(&test->threads[i].work);
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
		test->most, test->above_4g, threads * DMATEST_SLOTS * 2);
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
