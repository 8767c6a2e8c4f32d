// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The map history: equal maps are one, different ones all stay, and there is an end to it.

#include "map_history.h"

#include <errno.h>
#include <stdlib.h>

#include "qdpi_cmocka.h"

static struct qdpi_memory_map *map_at(uint64_t gpa)
{
    const struct qdpi_map_range range = {
        .first = gpa, .last = gpa + 0xfff, .file = QDPI_MAP_NO_FILE, .kind = QDPI_MEMORY_DEVICE};
    struct qdpi_memory_map *map = qdpi_memory_map_build(&range, 1);

    assert_non_null(map);
    return map;
}

/// A map that comes back is the same object, so that a reader's pointer tells whether it changed.
static void test_equal_map_is_reused(void **state)
{
    struct qdpi_map_history history = {0};
    struct qdpi_memory_map *first = map_at(0x1000);
    struct qdpi_memory_map *second = map_at(0x2000);

    (void)state;
    assert_ptr_equal(qdpi_map_history_keep(&history, first), first);
    assert_ptr_equal(qdpi_map_history_keep(&history, map_at(0x1000)), first);
    assert_ptr_equal(qdpi_map_history_keep(&history, second), second);
    assert_ptr_equal(qdpi_map_history_keep(&history, map_at(0x1000)), first);
    assert_ptr_equal(qdpi_map_history_keep(&history, map_at(0x2000)), second);
    assert_int_equal(history.count, 2);
    qdpi_map_history_clear(&history);
    assert_int_equal(history.count, 0);
    qdpi_map_history_clear(&history);
}

/// An old map stays as it was, however many come behind it: a reader may still be in it.
static void test_old_maps_stay(void **state)
{
    struct qdpi_map_history history = {0};
    const struct qdpi_memory_map *kept[100];

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        kept[i] = qdpi_map_history_keep(&history, map_at(i * UINT64_C(0x1000)));
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(kept[i]->count, 1);
        assert_int_equal(kept[i]->ranges[0].first, i * UINT64_C(0x1000));
    }
    qdpi_map_history_clear(&history);
}

/// At the limit, known maps are still found, unknown ones refused (and freed), and clearing makes
/// room again.
static void test_limit(void **state)
{
    struct qdpi_map_history history = {0};

    (void)state;
    for (uint64_t i = 0; i < QDPI_MAP_HISTORY_MAX; i++)
        assert_non_null(qdpi_map_history_keep(&history, map_at(i << 12)));
    errno = 0;
    assert_null(qdpi_map_history_keep(&history, map_at(UINT64_C(1) << 40)));
    assert_int_equal(errno, ENOSPC);
    assert_ptr_equal(qdpi_map_history_keep(&history, map_at(0)), history.maps[0]);
    assert_int_equal(history.count, QDPI_MAP_HISTORY_MAX);
    qdpi_map_history_clear(&history);
    assert_non_null(qdpi_map_history_keep(&history, map_at(UINT64_C(1) << 40)));
    qdpi_map_history_clear(&history);
}

static struct qdpi_memory_map *map_of(size_t count, uint64_t first)
{
    struct qdpi_map_range *ranges = calloc(count, sizeof *ranges);
    struct qdpi_memory_map *map;

    assert_non_null(ranges);
    for (size_t i = 0; i < count; i++) {
        ranges[i] = (struct qdpi_map_range){.first = first + i * 0x2000,
                                            .last = first + i * 0x2000 + 0xfff,
                                            .file = QDPI_MAP_NO_FILE,
                                            .kind = QDPI_MEMORY_DEVICE};
    }
    map = qdpi_memory_map_build(ranges, count);
    free(ranges);
    assert_non_null(map);
    return map;
}

/// Large maps come to an end of the memory before there are many of them.
static void test_limit_of_ranges(void **state)
{
    const size_t size = QDPI_MAP_HISTORY_RANGES_MAX / 16;
    struct qdpi_map_history history = {0};

    (void)state;
    for (size_t i = 0; i < 15; i++)
        assert_non_null(qdpi_map_history_keep(&history, map_of(size, i << 12)));
    errno = 0;
    assert_null(qdpi_map_history_keep(&history, map_of(size + 1, UINT64_C(1) << 40)));
    assert_int_equal(errno, ENOSPC);
    assert_non_null(qdpi_map_history_keep(&history, map_of(size, UINT64_C(1) << 40)));
    assert_null(qdpi_map_history_keep(&history, map_at(UINT64_C(1) << 41)));
    assert_ptr_equal(qdpi_map_history_keep(&history, map_of(size, 0)), history.maps[0]);
    qdpi_map_history_clear(&history);
    assert_non_null(qdpi_map_history_keep(&history, map_of(size, 0)));
    qdpi_map_history_clear(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_map_is_reused),
        cmocka_unit_test(test_old_maps_stay),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_limit_of_ranges),
    };
    return qdpi_run_group(tests);
}
