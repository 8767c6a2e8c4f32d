// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads, writes and atomics at a GPA: the hot path. No system call, no lock, no allocation, but
// when the memory map has to be asked for again.
//
// The map is a pointer to an immutable snapshot. Readers load it once per access; a new snapshot
// replaces the pointer, the old one lives on in the history.

#ifndef QDPI_GUEST_MEMORY_H_
#define QDPI_GUEST_MEMORY_H_

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "counters.h"
#include "guest_copy.h"
#include "last_error.h"
#include "map_history.h"
#include "memory_map.h"

/** Where a new map comes from. @return 0 and a map to own, or a negative result. */
typedef int qdpi_map_source(void *context, struct qdpi_memory_map **map, struct qdpi_error *error);

struct qdpi_guest_memory {
    void *map; /**< atomic; a const struct qdpi_memory_map; NULL: ask before the next access */
    struct qdpi_ground ground; /**< lost: set by the SIGBUS guard or with the connection */

    pid_t process;       /**< whose socket it is over which the map is asked for */
    bool map_can_change; /**< false: `map` is all there ever is (endpoint file:) */
    qdpi_map_source *source;
    void *source_context;
    struct qdpi_counters *counters;
    pthread_mutex_t discovery;  /**< one discovery at a time; guards the next three */
    struct timespec not_before; /**< of the next discovery for an access that found nothing */
    const struct qdpi_memory_map *latest; /**< what the last discovery found, expired or not */
    struct qdpi_map_history history;
    pthread_mutex_t publication; /**< guards `expirations`, and writes to `map` with it */
    uint64_t expirations;
};

void qdpi_guest_memory_init(struct qdpi_guest_memory *memory, qdpi_map_source *source,
                            void *source_context, struct qdpi_counters *counters);

/** Whether this is a process that was forked: there the map is what it was then, no mutex may be
 *  taken, which a thread of the parent may have held, and QEMU cannot be asked: the answer would
 *  come to the parent. */
bool qdpi_guest_memory_is_inherited(const struct qdpi_guest_memory *memory);

/** A guest is about to be attached: from here on, a loss counts. */
void qdpi_guest_memory_prepare(struct qdpi_guest_memory *memory);

/** Give the first map (taken over), asked for since prepare, and let accesses begin. */
int qdpi_guest_memory_start(struct qdpi_guest_memory *memory, struct qdpi_memory_map *map,
                            bool map_can_change, struct qdpi_error *error);

/** Fail every further access, and free the maps. No access may be under way. */
void qdpi_guest_memory_stop(struct qdpi_guest_memory *memory);
void qdpi_guest_memory_destroy(struct qdpi_guest_memory *memory);

/** The map may have changed: ask before the next access. Any thread. */
void qdpi_guest_memory_expire_map(struct qdpi_guest_memory *memory);

/** The guest is gone: every further access fails. Any thread. */
void qdpi_guest_memory_lose(struct qdpi_guest_memory *memory);

/** Ask for the map now. */
int qdpi_guest_memory_refresh(struct qdpi_guest_memory *memory, struct qdpi_error *error);

/**
 * Ask for the map, again if it has expired before it is there, but not for ever.
 * @param map  receives one that stood at some time during this call.
 */
int qdpi_guest_memory_ask(struct qdpi_guest_memory *memory, const struct qdpi_memory_map **map,
                          struct qdpi_error *error);

/** The current map, valid until stop. @return 0; -ENOTCONN, or why it could not be asked for. */
int qdpi_guest_memory_map(struct qdpi_guest_memory *memory, const struct qdpi_memory_map **map,
                          struct qdpi_error *error);

/** Record that the guest's memory is lost. @return -ENOTCONN. */
int qdpi_guest_memory_fail_lost(struct qdpi_error *error);

/** Whether an access that found nothing may ask QEMU again now: at a bounded rate. */
bool qdpi_guest_memory_may_ask_again(struct qdpi_guest_memory *memory);

// For the hot path.

static inline bool qdpi_guest_memory_is_lost(const struct qdpi_guest_memory *memory)
{
    return qdpi_is_lost(&memory->ground);
}

/** The map as last published, or NULL. */
static inline const struct qdpi_memory_map *
qdpi_guest_memory_load_map(const struct qdpi_guest_memory *memory)
{
    return qdpi_load_acquire_pointer(&memory->map);
}

// Results and meaning of all accesses: qemu_dpi.h, "Memory".

int qdpi_guest_memory_read(struct qdpi_guest_memory *memory, uint64_t gpa, void *data, size_t size,
                           struct qdpi_error *error);
int qdpi_guest_memory_write(struct qdpi_guest_memory *memory, uint64_t gpa, const void *data,
                            size_t size, struct qdpi_error *error);
/** @param written  receives how many bytes have a strobe. */
int qdpi_guest_memory_write_strobed(struct qdpi_guest_memory *memory, uint64_t gpa,
                                    const void *data, const uint8_t *strobes, size_t size,
                                    size_t *written, struct qdpi_error *error);

enum qdpi_atomic_operation {
    QDPI_ATOMIC_SWAP,
    QDPI_ATOMIC_FETCH_ADD,
    QDPI_ATOMIC_COMPARE_AND_SWAP,
};

/**
 * An atomic on an aligned word of `size` 4 or 8 bytes.
 * @param expected  for compare-and-swap only.
 */
int qdpi_guest_memory_atomic(struct qdpi_guest_memory *memory, uint64_t gpa, size_t size,
                             enum qdpi_atomic_operation operation, uint64_t expected,
                             uint64_t operand, uint64_t *previous, struct qdpi_error *error);

#endif  // QDPI_GUEST_MEMORY_H_
