// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qdpi-dma-corner CASE: brings the driver of the DMA engine into a situation that comes about by
// bad luck alone, and says whether /dev/qdpi-dma is as it should be.
//   lost       the simulator stands still for longer than timeout_ms=1000 lets the driver wait, in
//              the midst of a job; the buffer is given back when the engine was given up
//   overtaken  the watchdog is held up between the engine's answer and the look at it, while the
//              engine goes on. Nobody may take that for another engine: the driver's count says so
//   limit      results cannot be stored when other jobs have taken the place of theirs
// The bus has to be slow enough for jobs that last.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dma_device.h"
#include "doorbell.h"
#include "latency.h"
#include "layouts.h"

#define NS_PER_MS UINT64_C(1000000)

enum {
    BUFFER_BYTES = 4 << 20,
    SHORT_BYTES = 8,
    TIMEOUT_MS = 60000,

    // The watchdog asks the engine when nothing was completed for 500 ms, and waits for 100 ms.
    ROUNDS = 4,
    SHORT_JOBS = 15,
    HOLD_FIRST_MS = 560,
    HOLD_STEP_MS = 30,
    HOLD_MOST_MS = 10000,
    LONG_MS = 800,
    LONG_LEAST_MS = 700,
    MOST_CPUS = 16,

    MOST_WAITING = 65536,  // of one file: QDPI_DMA_IOC_SUBMIT
};

static int fill(struct qdpi_dma_device *device, uint32_t length, uint32_t *batch)
{
    const struct qdpi_dma_job job = {
        .opcode = QDPI_DMA_OP_FILL, .length = length, .operand = UINT64_C(0x5a5a5a5a5a5a5a5a)};
    return qdpi_dma_device_submit(device, &job, 1, batch);
}

// ---- lost ----

static int stand_still(struct qdpi_explanation *why)
{
    const struct qdpi_doorbell doorbell = {.index = QDPI_TEST_DOORBELL_STANDSTILL};
    const int file = qdpi_doorbell_open();
    const int result = file < 0 ? file : qdpi_doorbell_ring(file, &doorbell);
    if (file >= 0) {
        close(file);
    }
    return result == 0 ? 0
                       : qdpi_explain(why, result, QDPI_DOORBELL_DEVICE ": %s", strerror(-result));
}

static int lose(struct qdpi_dma_device *device, struct qdpi_explanation *why)
{
    struct qdpi_dma_result ended;
    uint32_t batch;
    int result = fill(device, BUFFER_BYTES, &batch);
    if (result != 0) {
        return qdpi_explain(why, result, "a fill of the buffer: %s", strerror(-result));
    }
    result = stand_still(why);
    if (result != 0) {
        return result;
    }
    result = qdpi_dma_device_wait(device, batch, &ended, 1, TIMEOUT_MS);
    if (result != 0) {
        return qdpi_explain(why, result, "the fill does not end: %s", strerror(-result));
    }
    if (ended.status != QDPI_DMA_STATUS_ABANDONED) {
        return qdpi_explain(why, -EPROTO, "the fill has status 0x%" PRIx32 ", and not 0x%x",
                            ended.status, QDPI_DMA_STATUS_ABANDONED);
    }
    return 0;
}

// ---- overtaken ----

struct hold {
    struct qdpi_dma_device *device;
    uint64_t from_ns;  // CLOCK_MONOTONIC
    pthread_t threads[MOST_CPUS];
};

// Leaves a CPU nothing but interrupts, in which completions are taken, until the batch is complete.
static void *hold_cpu(void *argument)
{
    const struct hold *hold = argument;
    const struct timespec from = {.tv_sec = (time_t)(hold->from_ns / (1000 * NS_PER_MS)),
                                  .tv_nsec = (long)(hold->from_ns % (1000 * NS_PER_MS))};
    const uint64_t until = hold->from_ns + HOLD_MOST_MS * NS_PER_MS;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &from, NULL);
    while (qdpi_dma_device_poll(hold->device, 0) == -ETIMEDOUT && qdpi_latency_now() < until) {
    }
    return NULL;
}

static int hold_one(struct hold *hold, unsigned cpu)
{
    const struct sched_param above_all = {.sched_priority = 1};
    pthread_attr_t attributes;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &above_all);
    pthread_attr_setaffinity_np(&attributes, sizeof cpus, &cpus);
    const int error = pthread_create(&hold->threads[cpu], &attributes, hold_cpu, hold);
    pthread_attr_destroy(&attributes);
    return -error;
}

// One batch, whose first job lasts; all CPUs are held from `hold_ms` after its submission on.
static int overtake_once(struct qdpi_dma_device *device, uint32_t long_bytes, unsigned hold_ms,
                         uint64_t *long_ns, struct qdpi_explanation *why)
{
    const unsigned cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    struct hold hold = {.device = device};
    struct qdpi_dma_job jobs[1 + SHORT_JOBS];
    struct qdpi_dma_result ended[1 + SHORT_JOBS];
    uint32_t batch;
    unsigned held = 0;
    for (unsigned i = 0; i <= SHORT_JOBS; i++) {
        jobs[i] = (struct qdpi_dma_job){.opcode = QDPI_DMA_OP_FILL,
                                        .length = i == 0 ? long_bytes : SHORT_BYTES};
    }
    if (cpus > MOST_CPUS) {
        return qdpi_explain(why, -E2BIG, "%u CPUs; %d at most", cpus, MOST_CPUS);
    }
    int result = qdpi_dma_device_submit(device, jobs, 1 + SHORT_JOBS, &batch);
    hold.from_ns = qdpi_latency_now() + hold_ms * NS_PER_MS;
    while (result == 0 && held < cpus) {
        result = hold_one(&hold, held);
        held += result == 0;
    }
    for (unsigned cpu = 0; cpu < held; cpu++) {
        pthread_join(hold.threads[cpu], NULL);
    }
    if (result == 0) {
        result = qdpi_dma_device_wait(device, batch, ended, 1 + SHORT_JOBS, TIMEOUT_MS);
    }
    if (result != 0) {
        return qdpi_explain(why, result, "a batch with a long job: %s", strerror(-result));
    }
    for (unsigned i = 0; i <= SHORT_JOBS; i++) {
        if (ended[i].status != QDPI_DMA_COMPLETION_OK) {
            return qdpi_explain(why, -EIO, "job %u has status 0x%" PRIx32, i, ended[i].status);
        }
    }
    *long_ns = ended[0].nanoseconds;
    return 0;
}

static int overtake(struct qdpi_dma_device *device, struct qdpi_explanation *why)
{
    uint64_t long_bytes = BUFFER_BYTES / 64;
    unsigned round = 0;
    while (round < ROUNDS) {
        uint64_t long_ns;
        const int result = overtake_once(device, (uint32_t)long_bytes,
                                         HOLD_FIRST_MS + round * HOLD_STEP_MS, &long_ns, why);
        if (result != 0) {
            return result;
        }
        round += long_ns >= LONG_LEAST_MS * NS_PER_MS;
        long_bytes = long_bytes * LONG_MS * NS_PER_MS / (long_ns + 1) + SHORT_BYTES;
        if (long_bytes > BUFFER_BYTES) {
            return qdpi_explain(why, -ERANGE, "the bus is too fast for a job of %d ms", LONG_MS);
        }
    }
    return 0;
}

// ---- limit ----

// Results that are to be stored in memory which is not there yet, by a thread of its own.
struct storing {
    struct qdpi_dma_device *device;
    uint32_t batch;
    struct qdpi_dma_result *results;
    int result;
};

static void *store(void *argument)
{
    struct storing *storing = argument;
    storing->result =
        qdpi_dma_device_wait(storing->device, storing->batch, storing->results, 1, TIMEOUT_MS);
    return NULL;
}

// Waits for a batch while `meanwhile` runs in the midst of storing its results, which then fails.
static int store_in_vain(struct qdpi_dma_device *device, uint32_t batch,
                         int (*meanwhile)(struct qdpi_dma_device *device,
                                          struct qdpi_explanation *why),
                         struct qdpi_explanation *why)
{
    const size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
    void *nothing = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register range = {.range = {.start = (uintptr_t)nothing, .len = bytes},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (nothing == MAP_FAILED || faults < 0 || ioctl(faults, UFFDIO_API, &api) < 0 ||
        ioctl(faults, UFFDIO_REGISTER, &range) < 0) {
        const int error = errno;
        return qdpi_explain(why, -error, "no memory whose faults are seen: %s", strerror(error));
    }
    struct storing storing = {.device = device, .batch = batch, .results = nothing};
    pthread_t thread;
    if (pthread_create(&thread, NULL, store, &storing) != 0) {
        return qdpi_explain(why, -EAGAIN, "no thread");
    }
    struct uffd_msg fault;
    int result = read(faults, &fault, sizeof fault) == (ssize_t)sizeof fault ? 0 : -EIO;
    if (result == 0) {
        result = meanwhile(device, why);
    }
    munmap(nothing, bytes);
    close(faults);
    pthread_join(thread, NULL);
    if (result == 0 && storing.result != -EFAULT) {
        result = qdpi_explain(why, -EPROTO, "results without a place: %d, expected %d",
                              storing.result, -EFAULT);
    }
    return result;
}

static int submit_one(struct qdpi_dma_device *device, int expected, const char *when,
                      struct qdpi_explanation *why)
{
    uint32_t batch;
    const int result = fill(device, SHORT_BYTES, &batch);
    return result == expected
               ? 0
               : qdpi_explain(why, -EPROTO, "a job %s: %d, expected %d", when, result, expected);
}

static int take_the_place(struct qdpi_dma_device *device, struct qdpi_explanation *why)
{
    return submit_one(device, 0, "in the place of one whose results are being stored", why);
}

static int take(struct qdpi_dma_device *device, uint32_t batch, struct qdpi_explanation *why)
{
    struct qdpi_dma_result ended;
    const int result = qdpi_dma_device_wait(device, batch, &ended, 1, TIMEOUT_MS);
    return result == 0
               ? 0
               : qdpi_explain(why, result, "batch %" PRIu32 ": %s", batch, strerror(-result));
}

static int exceed(struct qdpi_dma_device *device, struct qdpi_explanation *why)
{
    static struct qdpi_dma_job jobs[QDPI_DMA_MAX_BATCH];
    uint32_t first;
    uint32_t second;
    uint32_t batch;
    for (unsigned i = 0; i < QDPI_DMA_MAX_BATCH; i++) {
        jobs[i] = (struct qdpi_dma_job){.opcode = QDPI_DMA_OP_FILL, .length = SHORT_BYTES};
    }
    int result = fill(device, SHORT_BYTES, &first);
    if (result == 0) {
        result = fill(device, SHORT_BYTES, &second);
    }
    for (uint32_t left = MOST_WAITING - 2; left != 0 && result == 0;) {
        const uint32_t count = left < QDPI_DMA_MAX_BATCH ? left : QDPI_DMA_MAX_BATCH;
        result = qdpi_dma_device_submit(device, jobs, count, &batch);
        left -= count;
    }
    if (result != 0) {
        return qdpi_explain(why, result, "%d jobs: %s", MOST_WAITING, strerror(-result));
    }
    result = submit_one(device, -EAGAIN, "beyond the limit", why);
    if (result == 0) {
        result = store_in_vain(device, first, take_the_place, why);
    }
    if (result == 0) {
        result = submit_one(device, -EAGAIN, "with one more than the limit waiting", why);
    }
    if (result == 0) {
        result = take(device, first, why);
    }
    if (result == 0) {
        result = submit_one(device, -EAGAIN, "at the limit", why);
    }
    if (result == 0) {
        result = take(device, second, why);
    }
    return result != 0 ? result : submit_one(device, 0, "below the limit", why);
}

// ---- all ----

static const struct {
    const char *name;
    int (*run)(struct qdpi_dma_device *device, struct qdpi_explanation *why);
} cases[] = {{"lost", lose}, {"overtaken", overtake}, {"limit", exceed}};

int main(int argc, char **argv)
{
    struct qdpi_explanation why = {.text = ""};
    for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            struct qdpi_dma_device *device;
            int result = qdpi_dma_device_open(&device, "/dev/qdpi-dma", BUFFER_BYTES, &why);
            if (result == 0) {
                result = cases[i].run(device, &why);
            }
            qdpi_dma_device_close(device);
            printf("qdpi-dma-corner: %s: %s\n", cases[i].name, result == 0 ? "PASS" : why.text);
            return result == 0 ? 0 : 1;
        }
    }
    fprintf(stderr, "usage: qdpi-dma-corner lost|overtaken|limit\n");
    return 2;
}
