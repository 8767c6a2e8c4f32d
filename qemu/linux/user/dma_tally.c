// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Sums up and prints what the threads of the test have counted.

#include "dma_tally.h"

#include <inttypes.h>
#include <stdio.h>

#include "dma_mismatch.h"

static uint64_t sum_of(const uint64_t *numbers, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += numbers[i];
    }
    return sum;
}

void qdpi_tally_result(struct qdpi_tally *tally, const struct qdpi_dma_result *result)
{
    if (result->status < QDPI_TALLY_ABANDONED) {
        tally->statuses[result->status]++;
    } else if (result->status == QDPI_DMA_STATUS_ABANDONED) {
        tally->statuses[QDPI_TALLY_ABANDONED]++;
    } else {
        tally->statuses[QDPI_TALLY_OTHER]++;
    }
    if (result->status == QDPI_DMA_COMPLETION_OK) {
        qdpi_latency_add(&tally->job_times, result->nanoseconds);
    }
}

void qdpi_tally_merge(struct qdpi_tally *sum, const struct qdpi_tally *part)
{
    for (size_t kind = 0; kind < QDPI_JOB_KINDS; kind++) {
        sum->jobs[kind] += part->jobs[kind];
        sum->bytes[kind] += part->bytes[kind];
    }
    for (size_t status = 0; status < QDPI_TALLY_STATUSES; status++) {
        sum->statuses[status] += part->statuses[status];
    }
    sum->retries += part->retries;
    qdpi_latency_merge(&sum->batches, &part->batches);
    qdpi_latency_merge(&sum->job_times, &part->job_times);
}

uint64_t qdpi_tally_jobs(const struct qdpi_tally *tally)
{
    return sum_of(tally->jobs, QDPI_JOB_KINDS);
}

uint64_t qdpi_tally_bytes(const struct qdpi_tally *tally)
{
    return sum_of(tally->bytes, QDPI_JOB_KINDS);
}

uint64_t qdpi_tally_errors(const struct qdpi_tally *tally)
{
    return sum_of(tally->statuses + 1, QDPI_TALLY_STATUSES - 1);
}

static void print_latency(const char *what, const struct qdpi_latency *latency)
{
    if (latency->count == 0) {
        return;
    }
    printf("  %-7s us  min %.1f  p50 %.1f  p90 %.1f  p99 %.1f  max %.1f  (%" PRIu64 ")\n", what,
           (double)latency->least / 1e3, (double)qdpi_latency_percentile(latency, 50) / 1e3,
           (double)qdpi_latency_percentile(latency, 90) / 1e3,
           (double)qdpi_latency_percentile(latency, 99) / 1e3, (double)latency->most / 1e3,
           latency->count);
}

void qdpi_tally_print(const struct qdpi_tally *tally, double seconds)
{
    static const char *const names[QDPI_JOB_KINDS] = {
        [QDPI_JOB_COPY] = "copy", [QDPI_JOB_FILL] = "fill", [QDPI_JOB_CRC] = "crc"};
    const uint64_t bytes = qdpi_tally_bytes(tally);
    for (size_t kind = 0; kind < QDPI_JOB_KINDS; kind++) {
        printf("  %-7s %" PRIu64 " jobs, %" PRIu64 " bytes\n", names[kind], tally->jobs[kind],
               tally->bytes[kind]);
    }
    printf("  all     %" PRIu64 " jobs, %" PRIu64 " bytes in %.3f s: %.2f MB/s, %.0f jobs/s\n",
           qdpi_tally_jobs(tally), bytes, seconds, (double)bytes / 1e6 / seconds,
           (double)qdpi_tally_jobs(tally) / seconds);
    print_latency("batches", &tally->batches);
    print_latency("jobs", &tally->job_times);
    printf("  errors  %" PRIu64 ", batches submitted again %" PRIu64 "\n", qdpi_tally_errors(tally),
           tally->retries);
    for (uint32_t i = 1; i < QDPI_TALLY_STATUSES; i++) {
        const uint32_t status = i == QDPI_TALLY_ABANDONED ? QDPI_DMA_STATUS_ABANDONED
                                : i == QDPI_TALLY_OTHER   ? UINT32_MAX
                                                          : i;
        if (tally->statuses[i] != 0) {
            printf("    %" PRIu64 " times %s\n", tally->statuses[i],
                   qdpi_mismatch_status_name(status));
        }
    }
}
