// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory calls of the C API: guest_memory, with the bridge's error kept.

#include <errno.h>

#include "bridge_memory.h"

/** A lost RAM file is noticed here first: the testbench hears of it as of a lost connection. */
static int memory_failed(struct qdpi_bridge *bridge, int result, const struct qdpi_error *error)
{
    (void)qdpi_bridge_failed(bridge, result, error);
    if (result == -ENOTCONN && !qdpi_guest_memory_is_inherited(&bridge->memory))
        qdpi_bridge_tell_lost(bridge);
    return result;
}

/** Run `call`, which may fill `error`: keep its sentence if it fails, count it if it succeeds. */
#define MAKE_ACCESS(bridge, access, bytes, call)                                                   \
    do {                                                                                           \
        struct qdpi_error error;                                                                   \
        int result;                                                                                \
                                                                                                   \
        if ((bridge) == NULL)                                                                      \
            return -EINVAL;                                                                        \
        error.text[0] = '\0';                                                                      \
        result = (call);                                                                           \
        if (result < 0)                                                                            \
            return memory_failed(bridge, result, &error);                                          \
        return qdpi_statistics_count(&(bridge)->statistics, (access), (bytes));                    \
    } while (0)

__attribute__((cold)) static int fail_lost(struct qdpi_bridge *bridge)
{
    struct qdpi_error error = {.text = ""};

    return memory_failed(bridge, qdpi_guest_memory_fail_lost(&error), &error);
}

int qdpi_bridge_read_long(struct qdpi_bridge *bridge, const unsigned char *host, void *data,
                          size_t size)
{
    if (!QDPI_LIKELY(qdpi_copy_in_pieces(&bridge->memory.ground, host, data, size) == 0))
        return fail_lost(bridge);
    return qdpi_statistics_count(&bridge->statistics, QDPI_STATISTICS_READ, size);
}

int qdpi_bridge_write_long(struct qdpi_bridge *bridge, unsigned char *host, const void *data,
                           size_t size)
{
    if (!QDPI_LIKELY(qdpi_copy_out_pieces(&bridge->memory.ground, host, data, size) == 0))
        return fail_lost(bridge);
    return qdpi_statistics_count(&bridge->statistics, QDPI_STATISTICS_WRITE, size);
}

int qdpi_bridge_read_slowly(struct qdpi_bridge *bridge, uint64_t gpa, void *data, size_t size)
{
    MAKE_ACCESS(bridge, QDPI_STATISTICS_READ, size,
                qdpi_guest_memory_read(&bridge->memory, gpa, data, size, &error));
}

int qdpi_bridge_write_slowly(struct qdpi_bridge *bridge, uint64_t gpa, const void *data,
                             size_t size)
{
    MAKE_ACCESS(bridge, QDPI_STATISTICS_WRITE, size,
                qdpi_guest_memory_write(&bridge->memory, gpa, data, size, &error));
}

int qdpi_bridge_write_strobed(struct qdpi_bridge *bridge, uint64_t gpa, const void *data,
                              const uint8_t *strobes, size_t size)
{
    size_t written;

    MAKE_ACCESS(bridge, QDPI_STATISTICS_WRITE, written,
                qdpi_guest_memory_write_strobed(&bridge->memory, gpa, data, strobes, size, &written,
                                                &error));
}

int qdpi_mem_read(struct qdpi_bridge *bridge, uint64_t gpa, void *data, size_t size)
{
    return qdpi_bridge_read(bridge, gpa, data, size);
}

int qdpi_mem_write(struct qdpi_bridge *bridge, uint64_t gpa, const void *data, size_t size)
{
    return qdpi_bridge_write(bridge, gpa, data, size);
}

int qdpi_mem_write_strobed(struct qdpi_bridge *bridge, uint64_t gpa, const void *data,
                           const uint8_t *strobes, size_t size)
{
    return qdpi_all_set(strobes, size)
               ? qdpi_bridge_write(bridge, gpa, data, size)
               : qdpi_bridge_write_strobed(bridge, gpa, data, strobes, size);
}

#define DEFINE_SCALAR(bits)                                                                        \
    int qdpi_mem_read##bits(struct qdpi_bridge *bridge, uint64_t gpa, uint##bits##_t *data)        \
    {                                                                                              \
        return qdpi_bridge_read(bridge, gpa, data, sizeof *data);                                  \
    }                                                                                              \
    int qdpi_mem_write##bits(struct qdpi_bridge *bridge, uint64_t gpa, uint##bits##_t data)        \
    {                                                                                              \
        return qdpi_bridge_write(bridge, gpa, &data, sizeof data);                                 \
    }

DEFINE_SCALAR(8)
DEFINE_SCALAR(16)
DEFINE_SCALAR(32)
DEFINE_SCALAR(64)

static int atomic(struct qdpi_bridge *bridge, uint64_t gpa, size_t size,
                  enum qdpi_atomic_operation operation, uint64_t expected, uint64_t operand,
                  uint64_t *previous)
{
    // Refused rather than atomic only most of the time.
    if (bridge != NULL && bridge->client != NULL && (bridge->features & QDPI_FEATURE_ATOMICS) == 0)
        return qdpi_require(bridge, QDPI_FEATURE_ATOMICS);
    MAKE_ACCESS(bridge, QDPI_STATISTICS_ATOMIC, size,
                qdpi_guest_memory_atomic(&bridge->memory, gpa, size, operation, expected, operand,
                                         previous, &error));
}

#define DEFINE_ATOMICS(bits)                                                                       \
    int qdpi_mem_cas##bits(struct qdpi_bridge *bridge, uint64_t gpa, uint##bits##_t expected,      \
                           uint##bits##_t desired, uint##bits##_t *previous)                       \
    {                                                                                              \
        uint64_t before = *previous;                                                               \
        int result = atomic(bridge, gpa, sizeof *previous, QDPI_ATOMIC_COMPARE_AND_SWAP, expected, \
                            desired, &before);                                                     \
        *previous = (uint##bits##_t)before;                                                        \
        return result;                                                                             \
    }                                                                                              \
    int qdpi_mem_fetch_add##bits(struct qdpi_bridge *bridge, uint64_t gpa, uint##bits##_t addend,  \
                                 uint##bits##_t *previous)                                         \
    {                                                                                              \
        uint64_t before = *previous;                                                               \
        int result =                                                                               \
            atomic(bridge, gpa, sizeof *previous, QDPI_ATOMIC_FETCH_ADD, 0, addend, &before);      \
        *previous = (uint##bits##_t)before;                                                        \
        return result;                                                                             \
    }                                                                                              \
    int qdpi_mem_swap##bits(struct qdpi_bridge *bridge, uint64_t gpa, uint##bits##_t desired,      \
                            uint##bits##_t *previous)                                              \
    {                                                                                              \
        uint64_t before = *previous;                                                               \
        int result = atomic(bridge, gpa, sizeof *previous, QDPI_ATOMIC_SWAP, 0, desired, &before); \
        *previous = (uint##bits##_t)before;                                                        \
        return result;                                                                             \
    }

DEFINE_ATOMICS(32)
DEFINE_ATOMICS(64)

int qdpi_map_refresh(struct qdpi_bridge *bridge)
{
    struct qdpi_error error = {.text = ""};
    int result;

    if (bridge == NULL)
        return -EINVAL;
    if (bridge->attached && bridge->client == NULL) {
        result = qdpi_fail(&error, -EOPNOTSUPP,
                           "a file: endpoint has no QEMU to ask for its memory map");
    } else {
        result = qdpi_guest_memory_refresh(&bridge->memory, &error);
    }
    return result == 0 ? 0 : qdpi_bridge_failed(bridge, result, &error);
}

int qdpi_map_get(struct qdpi_bridge *bridge, struct qdpi_memory_range *ranges, size_t capacity)
{
    struct qdpi_error error = {.text = ""};
    const struct qdpi_memory_map *map;
    int result;

    if (bridge == NULL || (ranges == NULL && capacity > 0))
        return -EINVAL;
    result = qdpi_guest_memory_map(&bridge->memory, &map, &error);
    if (result != 0)
        return qdpi_bridge_failed(bridge, result, &error);
    // A discovery of another thread may add files meanwhile.
    pthread_mutex_lock(&bridge->memory.discovery);
    for (size_t i = 0; i < map->count && i < capacity; i++) {
        const struct qdpi_map_range *range = &map->ranges[i];
        const struct qdpi_ram_file *file =
            range->file == QDPI_MAP_NO_FILE ? NULL : &bridge->ram.files[range->file];

        ranges[i] = (struct qdpi_memory_range){
            .first = range->first,
            .last = range->last,
            .kind = range->kind,
            .path = file == NULL ? NULL : file->path,
            .offset = file == NULL ? range->offset : file->offset + range->offset,
        };
    }
    pthread_mutex_unlock(&bridge->memory.discovery);
    return (int)map->count;
}
