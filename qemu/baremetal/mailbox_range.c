// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Mailbox commands on a range of memory and on one counter.
#include "mailbox.h"
#include "ordering.h"
#include "paging.h"

enum {
    RANGE_ADDRESS = 0,  // the first arguments of every command here
    RANGE_BYTES = 1,
    RANGE_WIDTH = 1,
    RANGE_TIMES = 2,
    RANGE_VALUE = 2,
    RANGE_ADDEND = 3,
    RANGE_WORD_BYTES = 4,
};

static unsigned range_window;

void qdpi_mailbox_range_init(void)
{
    range_window = qdpi_window_claim();
}

static bool is_range(const uint64_t *arguments)
{
    uint64_t address = arguments[RANGE_ADDRESS];
    uint64_t bytes = arguments[RANGE_BYTES];
    return address % RANGE_WORD_BYTES == 0 && bytes % RANGE_WORD_BYTES == 0 &&
           qdpi_paging_reaches(address, bytes);
}

/// Show the next part of a range that begins at `address`; returns how many words of it are to be
/// seen.
static uint32_t show_part(uint64_t address, uint64_t bytes, uint32_t **words)
{
    *words = qdpi_window_map(range_window, address);
    return (uint32_t)(bytes < QDPI_WINDOW_SPAN ? bytes : QDPI_WINDOW_SPAN) / RANGE_WORD_BYTES;
}

uint32_t qdpi_mailbox_fill(const uint64_t *arguments, uint64_t *results)
{
    (void)results;
    if (!is_range(arguments)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    uint64_t done = 0;
    while (done < arguments[RANGE_BYTES]) {
        uint32_t *words;
        uint32_t count =
            show_part(arguments[RANGE_ADDRESS] + done, arguments[RANGE_BYTES] - done, &words);
        for (uint32_t i = 0; i < count; i++) {
            qdpi_store_release_u32(&words[i], (uint32_t)arguments[RANGE_VALUE]);
        }
        done += (uint64_t)count * RANGE_WORD_BYTES;
    }
    return QDPI_MAILBOX_STATUS_OK;
}

uint32_t qdpi_mailbox_sum(const uint64_t *arguments, uint64_t *results)
{
    if (!is_range(arguments)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    uint64_t done = 0;
    while (done < arguments[RANGE_BYTES]) {
        uint32_t *words;
        uint32_t count =
            show_part(arguments[RANGE_ADDRESS] + done, arguments[RANGE_BYTES] - done, &words);
        for (uint32_t i = 0; i < count; i++) {
            results[0] += qdpi_load_acquire_u32(&words[i]);
        }
        done += (uint64_t)count * RANGE_WORD_BYTES;
    }
    return QDPI_MAILBOX_STATUS_OK;
}

static bool is_counter(const uint64_t *arguments)
{
    uint64_t width = arguments[RANGE_WIDTH];
    return (width == sizeof(uint32_t) || width == sizeof(uint64_t)) &&
           (arguments[RANGE_ADDRESS] & (width - 1)) == 0 &&
           qdpi_paging_reaches(arguments[RANGE_ADDRESS], width);
}

uint32_t qdpi_mailbox_add(const uint64_t *arguments, uint64_t *results)
{
    // 32-bit code has no 64-bit fetch-and-add.
    if (!is_counter(arguments) || arguments[RANGE_WIDTH] != sizeof(uint32_t)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    uint32_t *counter = qdpi_window_map(range_window, arguments[RANGE_ADDRESS]);
    for (uint64_t i = 0; i < arguments[RANGE_TIMES]; i++) {
        results[0] = qdpi_fetch_add_u32(counter, (uint32_t)arguments[RANGE_ADDEND]);
    }
    return QDPI_MAILBOX_STATUS_OK;
}

uint32_t qdpi_mailbox_compare_swap(const uint64_t *arguments, uint64_t *results)
{
    if (!is_counter(arguments)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    void *counter = qdpi_window_map(range_window, arguments[RANGE_ADDRESS]);
    for (uint64_t i = 0; i < arguments[RANGE_TIMES]; i++) {
        if (arguments[RANGE_WIDTH] == sizeof(uint32_t)) {
            uint32_t seen = qdpi_load_acquire_u32(counter);
            while (!qdpi_compare_swap_u32(counter, &seen, seen + 1)) {
                results[0]++;
            }
        } else {
            uint64_t seen = qdpi_load_acquire_u64(counter);
            while (!qdpi_compare_swap_u64(counter, &seen, seen + 1)) {
                results[0]++;
            }
        }
    }
    return QDPI_MAILBOX_STATUS_OK;
}
