// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

#include "memory_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shm_atomic.h"

enum { BURST_WORDS = 1024 };

static uint64_t next_random(struct qdpi_memory_load *load)
{
    uint64_t x = load->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return load->random = x;
}

/** What was found must be what stands there; `after` stands there now. */
static int settle(struct qdpi_memory_load *load, int result, size_t word, uint64_t found,
                  uint64_t after)
{
    if (result == 0) {
        load->wrong += found != load->words[word] ? 1 : 0;
        load->words[word] = after;
    }
    return result;
}

static int read_burst(struct qdpi_memory_load *load, size_t word, size_t count)
{
    uint64_t found[BURST_WORDS];
    const int result = qdpi_mem_read(load->bridge, load->gpa + word * 8, found, count * 8);

    if (result == 0 && memcmp(found, load->words + word, count * 8) != 0)
        load->wrong++;
    return result;
}

static int write_burst(struct qdpi_memory_load *load, size_t word, size_t count)
{
    uint64_t data[BURST_WORDS];
    int result;

    for (size_t i = 0; i < count; i++)
        data[i] = next_random(load);
    result = qdpi_mem_write(load->bridge, load->gpa + word * 8, data, count * 8);
    if (result == 0)
        memcpy(load->words + word, data, count * 8);
    return result;
}

/** One access of a random kind. @return its result. */
static int access_once(struct qdpi_memory_load *load)
{
    const uint64_t random = next_random(load);
    const uint64_t value = next_random(load);
    const size_t word = (size_t)(random >> 32) % QDPI_MEMORY_LOAD_WORDS;
    const size_t room = QDPI_MEMORY_LOAD_WORDS - word;
    const size_t wanted = 1 + (size_t)(random >> 8) % BURST_WORDS;
    const size_t burst = wanted < room ? wanted : room;
    const uint64_t gpa = load->gpa + word * 8;
    const uint64_t before = load->words[word];
    uint64_t found = ~before;
    int result;

    switch (random % 7) {
    case 0:
        result = qdpi_mem_read64(load->bridge, gpa, &found);
        return settle(load, result, word, found, before);
    case 1:
        return read_burst(load, word, burst);
    case 2:
        return write_burst(load, word, burst);
    case 3:
        result = qdpi_mem_write64(load->bridge, gpa, value);
        return settle(load, result, word, before, value);
    case 4:
        result = qdpi_mem_fetch_add64(load->bridge, gpa, value, &found);
        return settle(load, result, word, found, before + value);
    case 5:
        result = qdpi_mem_swap64(load->bridge, gpa, value, &found);
        return settle(load, result, word, found, value);
    default:
        result = qdpi_mem_cas64(load->bridge, gpa, before, value, &found);
        return settle(load, result, word, found, value);
    }
}

static void *work(void *argument)
{
    struct qdpi_memory_load *load = argument;

    while (load->result == 0 && qdpi_load_acquire_u32(&load->told_stop) == 0) {
        load->result = access_once(load);
        if (load->result == 0)
            (void)qdpi_fetch_add_u64(&load->accesses, 1);
    }
    return NULL;
}

int qdpi_memory_load_start(struct qdpi_memory_load *load, struct qdpi_bridge *bridge, uint64_t gpa,
                           uint64_t seed)
{
    int result;

    *load = (struct qdpi_memory_load){.bridge = bridge, .gpa = gpa, .random = seed | 1};
    load->words = calloc(QDPI_MEMORY_LOAD_WORDS, sizeof *load->words);
    if (load->words == NULL)
        return -ENOMEM;
    // Zeros are what stands in the place of a page that is lost. Not everywhere: on a file system
    // that is to be full, there must be pages left that it has no room for.
    for (size_t i = 0; i < QDPI_MEMORY_LOAD_WORDS / 4; i++)
        load->words[i] = next_random(load) | 1;
    result = qdpi_mem_write(bridge, gpa, load->words, QDPI_MEMORY_LOAD_BYTES / 4);
    if (result != 0)
        return result;
    result = pthread_create(&load->thread, NULL, work, load);
    load->started = result == 0;
    return -result;
}

uint64_t qdpi_memory_load_accesses(const struct qdpi_memory_load *load)
{
    return qdpi_load_relaxed_u64(&load->accesses);
}

void qdpi_memory_load_stop(struct qdpi_memory_load *load)
{
    qdpi_store_release_u32(&load->told_stop, 1);
    if (load->started)
        (void)pthread_join(load->thread, NULL);
    load->started = false;
    free(load->words);
    load->words = NULL;
}

bool qdpi_memory_load_await_end(struct qdpi_memory_load *load, unsigned timeout_ms)
{
    struct timespec deadline;

    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += timeout_ms / 1000U;
    deadline.tv_nsec += (long)(timeout_ms % 1000U) * 1000000L;
    if (deadline.tv_nsec >= 1000000000L) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000L;
    }
    if (load->started && pthread_timedjoin_np(load->thread, NULL, &deadline) == 0)
        load->started = false;
    qdpi_memory_load_stop(load);
    return load->result != 0;
}
