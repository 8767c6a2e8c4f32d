// SPDX-License-Identifier: GPL-2.0-only
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Batches of jobs from user space: checked, submitted, waited for.
 *
 * A batch stays in its file's list until somebody has taken its results, or the file is closed.
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dma_batch.h"
#include "dma_engine.h"
#include "qdpi_dma.h"

/* Jobs that one file may have in batches that it has not taken. */
#define QDPI_BATCH_MAX_JOBS 65536

/**
 * struct qdpi_batch - one batch
 * @list: in &qdpi_batches.list
 * @batches: the file's
 * @number: what user space knows it by
 * @count: jobs
 * @remaining: of them not completed
 * @requests: the jobs
 */
struct qdpi_batch {
	struct list_head list;
	struct qdpi_batches *batches;
	u32 number;
	u32 count;
	u32 remaining;
	struct qdpi_request requests[];
};

/**
 * qdpi_batches_init - start without any batch
 * @batches: to initialise
 * @engine: who carries them out
 */
void qdpi_batches_init(struct qdpi_batches *batches, struct qdpi_engine *engine)
{
	batches->engine = engine;
	spin_lock_init(&batches->lock);
	INIT_LIST_HEAD(&batches->list);
	batches->job_count = 0;
	batches->last_number = 0;
	batches->complete_count = 0;
	batches->abandoned = false;
	init_waitqueue_head(&batches->wait);
}

static void qdpi_batch_done(struct qdpi_request *request)
{
	struct qdpi_batch *batch = request->context;
	struct qdpi_batches *batches = batch->batches;
	unsigned long flags;

	/* Woken under the lock: who waits may free the batch, and the file, next. */
	spin_lock_irqsave(&batches->lock, flags);
	if (request->status == QDPI_DMA_STATUS_ABANDONED)
		batches->abandoned = true;
	batch->remaining--;
	if (!batch->remaining) {
		batches->complete_count++;
		wake_up_all(&batches->wait);
	}
	spin_unlock_irqrestore(&batches->lock, flags);
}

static bool qdpi_batch_inside(u64 offset, u32 length, size_t buffer_bytes)
{
	return offset <= buffer_bytes && length <= buffer_bytes - offset;
}

static bool qdpi_batch_job_good(const struct qdpi_dma_job *job, size_t buffer_bytes)
{
	bool source_inside = qdpi_batch_inside(job->source, job->length, buffer_bytes);
	bool destination_inside = qdpi_batch_inside(job->destination, job->length, buffer_bytes);

	if (!job->length)
		return false;
	switch (job->opcode) {
	case QDPI_DMA_OP_COPY:
		return source_inside && destination_inside &&
		       (job->source + job->length <= job->destination ||
			job->destination + job->length <= job->source);
	case QDPI_DMA_OP_FILL:
		return destination_inside;
	case QDPI_DMA_OP_CRC32C:
		return source_inside;
	default:
		return false;
	}
}

static void qdpi_batch_set_request(struct qdpi_batch *batch, u32 index,
				   const struct qdpi_dma_job *job, u64 buffer_address)
{
	bool reads = job->opcode != QDPI_DMA_OP_FILL;
	bool writes = job->opcode != QDPI_DMA_OP_CRC32C;

	batch->requests[index] = (struct qdpi_request){
		.opcode = job->opcode,
		.length = job->length,
		.source = reads ? buffer_address + job->source : 0,
		.destination = writes ? buffer_address + job->destination : 0,
		.operand = job->operand,
		.user = batch->batches,
		.context = batch,
		.done = qdpi_batch_done,
	};
}

/* Fetch the jobs of a batch from user space, and check them. */
static struct qdpi_batch *qdpi_batch_create(struct qdpi_batches *batches,
					    const struct qdpi_dma_submit *submit,
					    u64 buffer_address, size_t buffer_bytes)
{
	struct qdpi_dma_job *jobs;
	struct qdpi_batch *batch;
	u32 index;

	jobs = vmemdup_user(u64_to_user_ptr(submit->jobs),
			    array_size(submit->count, sizeof(*jobs)));
	if (IS_ERR(jobs))
		return ERR_CAST(jobs);
	batch = kvzalloc(struct_size(batch, requests, submit->count), GFP_KERNEL_ACCOUNT);
	if (!batch) {
		kvfree(jobs);
		return ERR_PTR(-ENOMEM);
	}
	batch->batches = batches;
	batch->count = submit->count;
	batch->remaining = submit->count;
	for (index = 0; index < submit->count; index++) {
		if (!qdpi_batch_job_good(&jobs[index], buffer_bytes)) {
			kvfree(batch);
			kvfree(jobs);
			return ERR_PTR(-EINVAL);
		}
		qdpi_batch_set_request(batch, index, &jobs[index], buffer_address);
	}
	kvfree(jobs);
	return batch;
}

static int qdpi_batches_add(struct qdpi_batches *batches, struct qdpi_batch *batch)
{
	int err = 0;

	spin_lock_irq(&batches->lock);
	/* More than the limit may be there: a batch whose results could not be stored came back. */
	if (batches->job_count + batch->count > QDPI_BATCH_MAX_JOBS) {
		err = -EAGAIN;
	} else {
		batches->job_count += batch->count;
		batches->last_number++;
		if (!batches->last_number)
			batches->last_number++;
		batch->number = batches->last_number;
		list_add_tail(&batch->list, &batches->list);
	}
	spin_unlock_irq(&batches->lock);
	return err;
}

/* The lock is held. */
static void qdpi_batches_remove(struct qdpi_batches *batches, struct qdpi_batch *batch)
{
	list_del(&batch->list);
	batches->job_count -= batch->count;
}

/**
 * qdpi_batches_submit - QDPI_DMA_IOC_SUBMIT
 * @batches: the file's batches
 * @user: the argument
 * @buffer_address: bus address of the file's buffer
 * @buffer_bytes: its length; 0: there is none
 *
 * Return: 0, or what qdpi_dma.h says.
 */
int qdpi_batches_submit(struct qdpi_batches *batches, struct qdpi_dma_submit __user *user,
			u64 buffer_address, size_t buffer_bytes)
{
	struct qdpi_dma_submit submit;
	struct qdpi_batch *batch;
	LIST_HEAD(requests);
	u32 index;
	int err;

	if (copy_from_user(&submit, user, sizeof(submit)))
		return -EFAULT;
	if (!submit.count || submit.count > QDPI_DMA_MAX_BATCH || !buffer_bytes)
		return -EINVAL;
	batch = qdpi_batch_create(batches, &submit, buffer_address, buffer_bytes);
	if (IS_ERR(batch))
		return PTR_ERR(batch);
	err = qdpi_batches_add(batches, batch);
	if (err)
		goto err_free;
	/* Said before the jobs start: nobody could wait for a batch whose number is not known. */
	if (put_user(batch->number, &user->batch)) {
		err = -EFAULT;
		goto err_remove;
	}
	for (index = 0; index < batch->count; index++)
		list_add_tail(&batch->requests[index].list, &requests);
	err = qdpi_engine_submit(batches->engine, &requests);
	if (err)
		goto err_remove;
	return 0;

err_remove:
	spin_lock_irq(&batches->lock);
	qdpi_batches_remove(batches, batch);
	/* Somebody may have guessed the number and wait. */
	wake_up_all(&batches->wait);
	spin_unlock_irq(&batches->lock);
err_free:
	kvfree(batch);
	return err;
}

static struct qdpi_batch *qdpi_batches_find(struct qdpi_batches *batches, u32 number)
{
	struct qdpi_batch *batch;

	list_for_each_entry(batch, &batches->list, list) {
		if (batch->number == number)
			return batch;
	}
	return NULL;
}

/*
 * Take a batch out of the list when it is complete. False: not yet. True and an error pointer:
 * there is no such batch, or no more, since another thread may wait for it as well.
 */
static bool qdpi_batches_take(struct qdpi_batches *batches, const struct qdpi_dma_wait *wait,
			      struct qdpi_batch **taken)
{
	struct qdpi_batch *batch;
	bool over = true;

	spin_lock_irq(&batches->lock);
	batch = qdpi_batches_find(batches, wait->batch);
	if (!batch || batch->count != wait->count) {
		*taken = ERR_PTR(-EINVAL);
	} else if (batch->remaining) {
		over = false;
	} else {
		qdpi_batches_remove(batches, batch);
		batches->complete_count--;
		*taken = batch;
	}
	spin_unlock_irq(&batches->lock);
	return over;
}

static int qdpi_batch_report(const struct qdpi_batch *batch, u64 to)
{
	struct qdpi_dma_result *results;
	const struct qdpi_request *request;
	int err = 0;
	u32 index;

	results = kvcalloc(batch->count, sizeof(*results), GFP_KERNEL);
	if (!results)
		return -ENOMEM;
	for (index = 0; index < batch->count; index++) {
		request = &batch->requests[index];
		results[index].status = request->status;
		results[index].crc = request->crc;
		results[index].nanoseconds = ktime_to_ns(ktime_sub(request->completed,
								   request->submitted));
	}
	if (copy_to_user(u64_to_user_ptr(to), results, array_size(batch->count, sizeof(*results))))
		err = -EFAULT;
	kvfree(results);
	return err;
}

/**
 * qdpi_batches_wait - QDPI_DMA_IOC_WAIT
 * @batches: the file's batches
 * @wait: the argument
 *
 * Return: 0, or what qdpi_dma.h says.
 */
int qdpi_batches_wait(struct qdpi_batches *batches, const struct qdpi_dma_wait *wait)
{
	struct qdpi_batch *batch;
	long left;
	int err;

	if (wait->reserved)
		return -EINVAL;
	left = wait_event_interruptible_timeout(batches->wait,
						qdpi_batches_take(batches, wait, &batch),
						msecs_to_jiffies(wait->timeout_ms));
	if (left < 0)
		return -EINTR;
	if (!left)
		return -ETIMEDOUT;
	if (IS_ERR(batch))
		return PTR_ERR(batch);
	err = qdpi_batch_report(batch, wait->results);
	if (err) {
		/* As if nobody had asked: the results are still there. */
		spin_lock_irq(&batches->lock);
		list_add_tail(&batch->list, &batches->list);
		batches->job_count += batch->count;
		batches->complete_count++;
		wake_up_all(&batches->wait);
		spin_unlock_irq(&batches->lock);
		return err;
	}
	kvfree(batch);
	return 0;
}

/**
 * qdpi_batches_any_complete - whether a batch waits to be taken
 * @batches: the file's batches
 *
 * Return: whether qdpi_batches_wait() would return at once for one of them.
 */
bool qdpi_batches_any_complete(struct qdpi_batches *batches)
{
	bool any;

	spin_lock_irq(&batches->lock);
	any = batches->complete_count;
	spin_unlock_irq(&batches->lock);
	return any;
}

static bool qdpi_batches_all_complete(struct qdpi_batches *batches)
{
	const struct qdpi_batch *batch;
	bool all = true;

	spin_lock_irq(&batches->lock);
	list_for_each_entry(batch, &batches->list, list)
		all = all && !batch->remaining;
	spin_unlock_irq(&batches->lock);
	return all;
}

/**
 * qdpi_batches_drain - wait for all batches, and free them
 * @batches: the file's batches; nobody submits or waits any more
 *
 * Ends in any case: the watchdog gives up an engine that does not get on. A ring full of long jobs
 * may take minutes in a simulator, which is no hung task.
 *
 * Return: whether a job of this file was ever abandoned.
 */
bool qdpi_batches_drain(struct qdpi_batches *batches)
{
	struct qdpi_batch *batch, *next;

	/* Only what is in the ring is waited for. */
	qdpi_engine_withdraw(batches->engine, batches);
	wait_event_idle(batches->wait, qdpi_batches_all_complete(batches));
	list_for_each_entry_safe(batch, next, &batches->list, list)
		kvfree(batch);
	INIT_LIST_HEAD(&batches->list);
	return batches->abandoned;
}
