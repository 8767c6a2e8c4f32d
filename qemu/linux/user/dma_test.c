// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qdpi-dma-test: random work for the DMA engine from several threads, every byte compared.

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dma_device.h"
#include "dma_options.h"
#include "dma_worker.h"

enum {
    LOOK_MS = 20,     // how often the main thread looks whether all is done
    PROGRESS_S = 10,  // between messages on the way
};

struct test {
    struct qdpi_dma_options options;
    struct qdpi_dma_run run;
    struct qdpi_dma_device **devices;  // one, or one per thread
    unsigned device_count;
    struct qdpi_dma_worker *workers;
    pthread_t *threads;
    unsigned started;  // threads
    uint64_t started_ns;
    double seconds;
};

// Standard error, in one write, so that what the threads say does not mix.
static void complain(const struct qdpi_explanation *why)
{
    fprintf(stderr, "qdpi-dma-test: %s\n", why->text);
}

static int open_devices(struct test *test, struct qdpi_explanation *why)
{
    const struct qdpi_dma_options *options = &test->options;
    const unsigned wanted = options->shared ? 1 : options->threads;
    const uint64_t bytes = options->buffer_bytes * (options->shared ? options->threads : 1);
    test->devices = calloc(wanted, sizeof(struct qdpi_dma_device *));
    test->workers = calloc(options->threads, sizeof *test->workers);
    test->threads = calloc(options->threads, sizeof *test->threads);
    if (test->devices == NULL || test->workers == NULL || test->threads == NULL) {
        return qdpi_explain(why, -ENOMEM, "no memory for %u threads", options->threads);
    }
    int result = 0;
    for (unsigned i = 0; i < wanted && result == 0; i++) {
        result = qdpi_dma_device_open(&test->devices[i], options->path, bytes, why);
        test->device_count = i + (result == 0 ? 1 : 0);
    }
    return result;
}

static void announce(const struct test *test)
{
    const struct qdpi_dma_options *options = &test->options;
    const struct qdpi_dma_info *info = qdpi_dma_device_info(test->devices[0]);
    printf("qdpi-dma-test: %u threads, %s, --seed=%" PRIu64 ", %" PRIu64
           " bytes of buffer and %u batches in flight each, jobs of 1 to %" PRIu32
           " bytes; engine with %u data bytes, %u descriptors\n",
           options->threads, options->shared ? "one file" : "a file each", options->seed,
           options->buffer_bytes, options->depth, options->limits.max_bytes, info->data_bytes,
           info->entries);
    for (unsigned i = 0; i < test->device_count; i++) {
        printf("  buffer %u at bus address %#llx\n", i,
               qdpi_dma_device_info(test->devices[i])->buffer_address);
    }
    fflush(stdout);
}

static int start_threads(struct test *test, struct qdpi_explanation *why)
{
    const struct qdpi_dma_options *options = &test->options;
    test->started_ns = qdpi_latency_now();
    for (unsigned i = 0; i < options->threads; i++) {
        struct qdpi_dma_worker *worker = &test->workers[i];
        const uint64_t share = options->jobs / options->threads;
        worker->run = &test->run;
        worker->device = test->devices[options->shared ? 0 : i];
        worker->number = i;
        worker->base = options->shared ? i * options->buffer_bytes : 0;
        worker->jobs = share + (i < options->jobs % options->threads ? 1 : 0);
        if (options->jobs != 0 && worker->jobs == 0) {
            continue;
        }
        atomic_fetch_add(&test->run.running, 1);
        const int error =
            pthread_create(&test->threads[test->started], NULL, qdpi_dma_worker_main, worker);
        if (error != 0) {
            atomic_fetch_sub(&test->run.running, 1);
            return qdpi_explain(why, -error, "cannot start thread %u: %s", i, strerror(error));
        }
        test->started++;
    }
    return 0;
}

// Returns when all threads are about to end. Signals are blocked in all threads; they are taken
// here.
static void watch(struct test *test, const sigset_t *signals)
{
    const struct qdpi_dma_options *options = &test->options;
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    uint64_t next_progress_s = PROGRESS_S;
    while (atomic_load(&test->run.running) != 0) {
        const int number = sigtimedwait(signals, NULL, &look);
        const uint64_t elapsed_s = (qdpi_latency_now() - test->started_ns) / 1000000000;
        if (number > 0 && !atomic_exchange(&test->run.stop, true) && !options->quiet) {
            printf("qdpi-dma-test: signal %d, ending after the batches in flight\n", number);
        }
        if (options->seconds != 0 && elapsed_s >= options->seconds) {
            atomic_store(&test->run.stop, true);
        }
        if (elapsed_s >= next_progress_s && !options->quiet) {
            printf("qdpi-dma-test: %" PRIu64 " jobs after %" PRIu64 " s\n",
                   atomic_load_explicit(&test->run.jobs_done, memory_order_relaxed), elapsed_s);
            fflush(stdout);
            next_progress_s = elapsed_s + PROGRESS_S;
        }
    }
}

static int run_threads(struct test *test, struct qdpi_explanation *why)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    int result = start_threads(test, why);
    if (result != 0) {
        atomic_store(&test->run.stop, true);
    }
    watch(test, &signals);
    uint64_t ended_ns = test->started_ns + 1;
    for (unsigned i = 0; i < test->started; i++) {
        pthread_join(test->threads[i], NULL);
    }
    for (unsigned i = 0; i < test->options.threads; i++) {
        if (test->workers[i].ended_ns > ended_ns) {
            ended_ns = test->workers[i].ended_ns;
        }
    }
    test->seconds = (double)(ended_ns - test->started_ns) / 1e9;
    return result;
}

static int judge(const struct test *test, struct qdpi_tally *sum, int result)
{
    for (unsigned i = 0; i < test->options.threads; i++) {
        const struct qdpi_dma_worker *worker = &test->workers[i];
        qdpi_tally_merge(sum, &worker->tally);
        if (worker->result != 0) {
            complain(&worker->why);
            result = worker->result;
        }
    }
    // A run without any work proves nothing.
    if (result == 0 && qdpi_tally_jobs(sum) == 0) {
        fprintf(stderr, "qdpi-dma-test: no job was completed\n");
        result = -ENODATA;
    }
    return result;
}

static void release(struct test *test)
{
    for (unsigned i = 0; i < test->device_count; i++) {
        qdpi_dma_device_close(test->devices[i]);
    }
    free(test->devices);
    free(test->workers);
    free(test->threads);
}

static void print_verdict(const struct qdpi_tally *sum, double seconds, int result)
{
    printf("qdpi-dma-test: %s jobs=%" PRIu64 " bytes=%" PRIu64 " seconds=%.3f retries=%" PRIu64
           "\n",
           result == 0 ? "PASS" : "FAIL", qdpi_tally_jobs(sum), qdpi_tally_bytes(sum), seconds,
           sum->retries);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct test test = {0};
    struct qdpi_explanation why = {.text = ""};
    struct qdpi_tally *sum = calloc(1, sizeof *sum);
    if (sum == NULL) {
        fprintf(stderr, "qdpi-dma-test: no memory\n");
        return QDPI_DMA_TEST_FAILED;
    }
    qdpi_dma_options_parse(&test.options, argc, argv);
    test.run.options = &test.options;
    qdpi_crc32c_init(&test.run.tables);
    int result = open_devices(&test, &why);
    if (result == 0) {
        if (!test.options.quiet) {
            announce(&test);
        }
        result = run_threads(&test, &why);
    }
    if (result != 0) {
        complain(&why);
    }
    if (test.started != 0) {
        result = judge(&test, sum, result);
        if (!test.options.quiet) {
            qdpi_tally_print(sum, test.seconds);
        }
    }
    print_verdict(sum, test.seconds, result);
    release(&test);
    free(sum);
    return result == 0 ? QDPI_DMA_TEST_PASSED : QDPI_DMA_TEST_FAILED;
}
