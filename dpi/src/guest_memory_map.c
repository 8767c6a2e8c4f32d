// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The map that accesses go by: when it is asked for, published, expired and lost.

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "guest_memory.h"
#include "shm_atomic.h"

/** Least time between two discoveries for accesses that found nothing. */
#define DISCOVERY_INTERVAL_MS 50
/** How often one access asks when what it is told has expired before it is there. */
#define DISCOVERY_TRIES 8

static void store_map(struct qdpi_guest_memory *memory, const struct qdpi_memory_map *map)
{
    qdpi_store_release_pointer(&memory->map, (void *)map);
}

int qdpi_guest_memory_fail_lost(struct qdpi_error *error)
{
    return qdpi_fail(error, -ENOTCONN,
                     "guest memory is lost: QEMU has ended, or its RAM file was truncated or its "
                     "file system is full; attach again when the guest runs");
}

bool qdpi_guest_memory_may_ask_again(struct qdpi_guest_memory *memory)
{
    bool now;

    if (qdpi_guest_memory_is_inherited(memory))
        return false;
    pthread_mutex_lock(&memory->discovery);
    now = qdpi_deadline_left_ms(&memory->not_before) == 0;
    if (now)
        memory->not_before = qdpi_deadline_in(DISCOVERY_INTERVAL_MS);
    pthread_mutex_unlock(&memory->discovery);
    return now;
}

void qdpi_guest_memory_init(struct qdpi_guest_memory *memory, qdpi_map_source *source,
                            void *source_context, struct qdpi_counters *counters)
{
    memset(memory, 0, sizeof *memory);
    memory->ground.lost = 1;
    memory->process = getpid();
    memory->source = source;
    memory->source_context = source_context;
    memory->counters = counters;
    pthread_mutex_init(&memory->discovery, NULL);
    pthread_mutex_init(&memory->publication, NULL);
}

bool qdpi_guest_memory_is_inherited(const struct qdpi_guest_memory *memory)
{
    return getpid() != memory->process;
}

void qdpi_guest_memory_prepare(struct qdpi_guest_memory *memory)
{
    pthread_mutex_lock(&memory->publication);
    memory->expirations = 0;
    pthread_mutex_unlock(&memory->publication);
    qdpi_store_relaxed_int(&memory->ground.lost, 0);
}

/** Use `map` from now on, unless it has expired since `asked_at`. */
static void publish(struct qdpi_guest_memory *memory, const struct qdpi_memory_map *map,
                    uint64_t asked_at)
{
    pthread_mutex_lock(&memory->publication);
    if (memory->expirations == asked_at)
        store_map(memory, map);
    pthread_mutex_unlock(&memory->publication);
}

int qdpi_guest_memory_start(struct qdpi_guest_memory *memory, struct qdpi_memory_map *map,
                            bool map_can_change, struct qdpi_error *error)
{
    const struct qdpi_memory_map *kept = qdpi_map_history_keep(&memory->history, map);

    if (kept == NULL)
        return qdpi_fail(error, -ENOMEM, "memory map: out of memory");
    memory->map_can_change = map_can_change;
    memory->latest = kept;
    publish(memory, kept, 0);
    return 0;
}

void qdpi_guest_memory_stop(struct qdpi_guest_memory *memory)
{
    qdpi_guest_memory_lose(memory);
    qdpi_map_history_clear(&memory->history);
    memory->latest = NULL;
}

void qdpi_guest_memory_destroy(struct qdpi_guest_memory *memory)
{
    qdpi_guest_memory_stop(memory);
    pthread_mutex_destroy(&memory->publication);
    pthread_mutex_destroy(&memory->discovery);
}

void qdpi_guest_memory_expire_map(struct qdpi_guest_memory *memory)
{
    pthread_mutex_lock(&memory->publication);
    memory->expirations++;
    store_map(memory, NULL);
    pthread_mutex_unlock(&memory->publication);
}

void qdpi_guest_memory_lose(struct qdpi_guest_memory *memory)
{
    qdpi_store_relaxed_int(&memory->ground.lost, 1);
    qdpi_guest_memory_expire_map(memory);
}

static uint64_t expirations(struct qdpi_guest_memory *memory)
{
    uint64_t count;

    pthread_mutex_lock(&memory->publication);
    count = memory->expirations;
    pthread_mutex_unlock(&memory->publication);
    return count;
}

/** Ask for the map. @param found  receives it, also if it has expired meanwhile. */
static int discover(struct qdpi_guest_memory *memory, const struct qdpi_memory_map **found,
                    struct qdpi_error *error)
{
    const uint64_t asked_at = expirations(memory);
    struct qdpi_memory_map *map;
    const struct qdpi_memory_map *kept;
    int result = memory->source(memory->source_context, &map, error);

    if (result != 0)
        return result;
    kept = qdpi_map_history_keep(&memory->history, map);
    if (kept == NULL) {
        return qdpi_fail(error, -ENOMEM,
                         "memory map: out of memory, or the guest has shown more than %d different "
                         "maps; attach again",
                         QDPI_MAP_HISTORY_MAX);
    }
    qdpi_count(memory->counters, QDPI_COUNTER_MAP_DISCOVERIES);
    if (kept != memory->latest)
        qdpi_count(memory->counters, QDPI_COUNTER_MAP_CHANGES);
    memory->latest = kept;
    publish(memory, kept, asked_at);
    *found = kept;
    return 0;
}

/** One after the other. */
static int discover_locked(struct qdpi_guest_memory *memory, const struct qdpi_memory_map **found,
                           struct qdpi_error *error)
{
    int result;

    if (qdpi_guest_memory_is_lost(memory))
        return qdpi_guest_memory_fail_lost(error);
    if (qdpi_guest_memory_is_inherited(memory)) {
        return qdpi_fail(error, -EOPNOTSUPP,
                         "a process that was forked cannot ask QEMU for the memory map: it may use "
                         "the memory that its parent could use then, or open a bridge of its own");
    }
    pthread_mutex_lock(&memory->discovery);
    result = discover(memory, found, error);
    pthread_mutex_unlock(&memory->discovery);
    return result;
}

int qdpi_guest_memory_refresh(struct qdpi_guest_memory *memory, struct qdpi_error *error)
{
    const struct qdpi_memory_map *found;

    return discover_locked(memory, &found, error);
}

int qdpi_guest_memory_ask(struct qdpi_guest_memory *memory, const struct qdpi_memory_map **map,
                          struct qdpi_error *error)
{
    const struct qdpi_memory_map *found = NULL;

    for (int tries = 0; tries < DISCOVERY_TRIES; tries++) {
        int result = discover_locked(memory, &found, error);
        if (result != 0)
            return result;
        *map = qdpi_guest_memory_load_map(memory);
        if (*map != NULL)
            return 0;
    }
    // A guest that makes its map expire faster than it can be asked for must not hold up the
    // access for ever: it goes by the last answer, which is from the time of this very call.
    *map = found;
    return 0;
}

int qdpi_guest_memory_map(struct qdpi_guest_memory *memory, const struct qdpi_memory_map **map,
                          struct qdpi_error *error)
{
    if (qdpi_guest_memory_is_lost(memory))
        return qdpi_guest_memory_fail_lost(error);
    *map = qdpi_guest_memory_load_map(memory);
    return *map != NULL ? 0 : qdpi_guest_memory_ask(memory, map, error);
}
