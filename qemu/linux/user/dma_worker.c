// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A thread of the test: plans batches, keeps them in flight in order, waits for the oldest.

#include "dma_worker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dma_slot.h"

enum {
    WAIT_MS = 500,         // for one call, so that the time of a batch can be watched
    BACK_OFF_US = 2000,    // when too many jobs wait in the driver
    MOST_ATTEMPTS = 1000,  // then the engine does not recover
};

// The slots, in order of submission from `oldest` on: `in_flight` with a batch, `planned` with one
// that has still to be submitted, then the idle ones.
struct queue {
    struct qdpi_slot *slots;
    unsigned depth;
    unsigned oldest;
    unsigned in_flight;
    unsigned planned;
};

static struct qdpi_slot *nth(const struct queue *queue, unsigned position)
{
    return &queue->slots[(queue->oldest + position) % queue->depth];
}

static void pause_us(long microseconds)
{
    const struct timespec time = {.tv_nsec = microseconds * 1000};
    nanosleep(&time, NULL);
}

static bool overdue(const struct qdpi_dma_worker *worker, const struct qdpi_slot *slot)
{
    return qdpi_latency_now() - slot->submitted_ns >
           worker->run->options->timeout_s * UINT64_C(1000000000);
}

static int fail_call(struct qdpi_dma_worker *worker, const struct qdpi_slot *slot, const char *what,
                     int result)
{
    return qdpi_explain(&worker->why, result,
                        "thread %u, --seed=%" PRIu64 ", batch %" PRIu64 " (number %" PRIu32
                        " of the driver, %" PRIu32 " jobs): %s: %s; see the kernel's messages",
                        worker->number, slot->owner.seed, slot->serial, slot->batch, slot->count,
                        what, strerror(-result));
}

// Submits the first planned batch, unless the driver has too many jobs and could be waiting for us
// to take ours, or the test is to end. Returns 0 in these cases too.
static int submit(struct qdpi_dma_worker *worker, struct queue *queue)
{
    const uint64_t started = qdpi_latency_now();
    struct qdpi_slot *slot = nth(queue, queue->in_flight);
    while (!atomic_load(&worker->run->stop)) {
        const int result = qdpi_slot_submit(slot, worker->device);
        if (result == 0) {
            queue->in_flight++;
            queue->planned--;
            return 0;
        }
        // The engine is gone, and the driver looks for it.
        const bool is_gone = result == -ENODEV && worker->run->options->retry;
        if (result != -EAGAIN && result != -EINTR && !is_gone) {
            return fail_call(worker, slot, "cannot be submitted", result);
        }
        slot->attempts--;
        if (result == -EAGAIN && queue->in_flight != 0) {
            return 0;
        }
        if (qdpi_latency_now() - started > worker->run->options->timeout_s * UINT64_C(1000000000)) {
            return fail_call(worker, slot, "cannot be submitted for longer than --timeout", result);
        }
        pause_us(BACK_OFF_US);
    }
    return 0;
}

static int wait_once(struct qdpi_dma_worker *worker, struct qdpi_slot *slot)
{
    const struct qdpi_dma_options *options = worker->run->options;
    uint32_t timeout_ms = WAIT_MS;
    if (options->poll) {
        const int result = qdpi_dma_device_poll(worker->device, WAIT_MS);
        if (result != 0) {
            return result;
        }
        // With a file of its own, the thread's oldest batch is the one that is ready.
        timeout_ms = options->shared ? WAIT_MS : 0;
    }
    const int result =
        qdpi_dma_device_wait(worker->device, slot->batch, slot->results, slot->count, timeout_ms);
    if (result == -ETIMEDOUT && timeout_ms == 0) {
        return fail_call(worker, slot, "poll(2) says it is completed, but it is not", -EPROTO);
    }
    return result;
}

static int wait_for(struct qdpi_dma_worker *worker, struct qdpi_slot *slot)
{
    for (;;) {
        const int result = wait_once(worker, slot);
        if (result == 0) {
            return 0;
        }
        if (result == -EPROTO) {
            return result;
        }
        if (result != -ETIMEDOUT && result != -EINTR) {
            return fail_call(worker, slot, "cannot be waited for", result);
        }
        if (overdue(worker, slot)) {
            return fail_call(worker, slot, "is not completed within --timeout", -ETIMEDOUT);
        }
    }
}

// The driver's times of the jobs lie inside the time that the batch took as the thread saw it; the
// clocks may differ by a little.
static int check_times(struct qdpi_dma_worker *worker, const struct qdpi_slot *slot,
                       uint64_t elapsed)
{
    const uint64_t most = elapsed + elapsed / 64 + 1000000;
    for (uint32_t i = 0; i < slot->count; i++) {
        if (slot->results[i].status == QDPI_DMA_COMPLETION_OK &&
            slot->results[i].nanoseconds > most) {
            return qdpi_explain(&worker->why, -EPROTO,
                                "thread %u, batch %" PRIu64 ", job %" PRIu32
                                " took %llu ns, says the driver, but its batch only %" PRIu64,
                                worker->number, slot->serial, i, slot->results[i].nanoseconds,
                                elapsed);
        }
    }
    return 0;
}

static void count_batch(struct qdpi_dma_worker *worker, const struct qdpi_slot *slot)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        const size_t kind = qdpi_job_kind(&slot->jobs[i]);
        worker->tally.jobs[kind]++;
        worker->tally.bytes[kind] += slot->jobs[i].length;
    }
    atomic_fetch_add_explicit(&worker->run->jobs_done, slot->count, memory_order_relaxed);
}

static int repeat(struct qdpi_dma_worker *worker, struct queue *queue, struct qdpi_slot *slot)
{
    if (atomic_load(&worker->run->stop)) {
        return 0;
    }
    if (slot->attempts >= MOST_ATTEMPTS) {
        return qdpi_explain(&worker->why, -EIO,
                            "thread %u, batch %" PRIu64
                            " ended with errors %u times; the engine does not recover",
                            worker->number, slot->serial, slot->attempts);
    }
    // The slot is the youngest now; the idle ones between must not come between.
    struct qdpi_slot *target = nth(queue, queue->in_flight + queue->planned);
    if (target != slot) {
        const struct qdpi_slot idle = *target;
        *target = *slot;
        *slot = idle;
    }
    queue->planned++;
    worker->tally.retries++;
    return 0;
}

static int take_oldest(struct qdpi_dma_worker *worker, struct queue *queue)
{
    struct qdpi_slot *slot = nth(queue, 0);
    int result = wait_for(worker, slot);
    if (result != 0) {
        return result;
    }
    const uint64_t elapsed = qdpi_latency_now() - slot->submitted_ns;
    qdpi_latency_add(&worker->tally.batches, elapsed);
    for (uint32_t i = 0; i < slot->count; i++) {
        qdpi_tally_result(&worker->tally, &slot->results[i]);
    }
    result = check_times(worker, slot, elapsed);
    if (result != 0) {
        return result;
    }
    result = qdpi_slot_judge(slot, &worker->run->tables, worker->run->options->retry, &worker->why);
    if (result < 0) {
        return result;
    }
    queue->oldest = (queue->oldest + 1) % queue->depth;
    queue->in_flight--;
    if (result == QDPI_SLOT_REPEAT) {
        return repeat(worker, queue, slot);
    }
    count_batch(worker, slot);
    return 0;
}

// What the thread has planned in all.
struct plan {
    uint64_t jobs;
    uint64_t batches;
};

// Draws the next batch, if there is a place and work for it.
static void plan_batch(const struct qdpi_dma_worker *worker, struct queue *queue, struct plan *plan,
                       struct qdpi_random *random)
{
    const struct qdpi_dma_options *options = worker->run->options;
    if (queue->in_flight == queue->depth || (worker->jobs != 0 && plan->jobs == worker->jobs)) {
        return;
    }
    struct qdpi_slot *slot = nth(queue, queue->in_flight);
    const uint64_t left = worker->jobs == 0 ? UINT64_MAX : worker->jobs - plan->jobs;
    const uint32_t most = left < options->batch ? (uint32_t)left : options->batch;
    qdpi_slot_plan(slot, plan->batches++, most, &options->limits, &worker->run->tables, random);
    plan->jobs += slot->count;
    queue->planned++;
}

static int run_batches(struct qdpi_dma_worker *worker, struct queue *queue,
                       struct qdpi_random *random)
{
    struct plan plan = {0};
    for (;;) {
        bool submitted = true;
        while (submitted && !atomic_load(&worker->run->stop)) {
            if (queue->planned == 0) {
                plan_batch(worker, queue, &plan, random);
            }
            const unsigned before = queue->in_flight;
            const int result = queue->planned == 0 ? 0 : submit(worker, queue);
            if (result != 0) {
                return result;
            }
            submitted = queue->in_flight != before;
        }
        if (queue->in_flight == 0) {
            return 0;
        }
        const int result = take_oldest(worker, queue);
        if (result != 0) {
            return result;
        }
    }
}

static int start_slots(struct qdpi_dma_worker *worker, struct queue *queue,
                       struct qdpi_random *random)
{
    const struct qdpi_dma_options *options = worker->run->options;
    const uint64_t size = options->buffer_bytes / options->depth;
    queue->slots = calloc(options->depth, sizeof *queue->slots);
    int result = queue->slots == NULL ? -ENOMEM : 0;
    for (unsigned i = 0; i < options->depth && result == 0; i++) {
        queue->depth = i + 1;
        queue->slots[i].owner.thread = worker->number;
        queue->slots[i].owner.seed = options->seed;
        result = qdpi_slot_init(&queue->slots[i], worker->device, worker->base + i * size, size,
                                options->batch, random);
    }
    if (result != 0) {
        return qdpi_explain(&worker->why, result,
                            "thread %u has no memory for its software copies: give a smaller "
                            "--buffer, or less --threads",
                            worker->number);
    }
    return 0;
}

void *qdpi_dma_worker_main(void *argument)
{
    struct qdpi_dma_worker *worker = argument;
    struct qdpi_random random = qdpi_random_start(worker->run->options->seed, worker->number);
    struct queue queue = {0};
    int result = start_slots(worker, &queue, &random);
    if (result == 0) {
        result = run_batches(worker, &queue, &random);
    }
    for (unsigned i = 0; i < queue.depth && result == 0; i++) {
        result = qdpi_slot_check_idle(&queue.slots[i], &worker->why);
    }
    for (unsigned i = 0; i < queue.depth; i++) {
        qdpi_slot_release(&queue.slots[i]);
    }
    free(queue.slots);
    worker->result = result;
    worker->ended_ns = qdpi_latency_now();
    if (result != 0) {
        atomic_store(&worker->run->stop, true);
    }
    atomic_fetch_sub(&worker->run->running, 1);
    return NULL;
}
