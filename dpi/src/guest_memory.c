// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads, writes and atomics at a GPA: the hot path, and below it what happens when it does not
// apply.

#include "guest_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "guest_copy.h"
#include "guest_memory_fast.h"
#include "shm_atomic.h"

// ---- Finding the range -------------------------------------------------------------------------

enum direction {
    DIRECTION_READ,
    DIRECTION_WRITE,
};

/** Whether a snapshot of the map can be trusted for the access. */
static bool is_settled(uint64_t gpa, size_t size)
{
    return gpa >= QDPI_UNSETTLED_END ||
           (gpa < QDPI_UNSETTLED_FIRST && size <= QDPI_UNSETTLED_FIRST - gpa);
}

static bool range_allows(const struct qdpi_map_range *range, enum direction direction)
{
    return range->host != NULL && (direction == DIRECTION_READ || range->kind == QDPI_MEMORY_RAM);
}

/** Where [gpa, gpa + size) is mapped, if one range of a trusted map holds it and allows the access;
 *  else NULL, which says nothing yet. */
static unsigned char *find(const struct qdpi_guest_memory *memory, uint64_t gpa, size_t size,
                           enum direction direction)
{
    const struct qdpi_memory_map *map = qdpi_guest_memory_load_map(memory);
    const struct qdpi_map_range *range;
    unsigned char *host;

    if (map == NULL)
        return NULL;
    if (qdpi_memory_map_locate(map, gpa, size, &host))
        return host;
    if (!is_settled(gpa, size))
        return NULL;
    range = qdpi_memory_map_find(map, gpa);
    if (range == NULL || size - 1 > range->last - gpa || !range_allows(range, direction))
        return NULL;
    return range->host + (gpa - range->first);
}

static const char *direction_name(enum direction direction)
{
    return direction == DIRECTION_READ ? "read" : "write";
}

static int fail_at(const struct qdpi_map_range *range, uint64_t fault, uint64_t gpa, size_t size,
                   enum direction direction, struct qdpi_error *error)
{
    if (range != NULL && range->kind == QDPI_MEMORY_ROM && direction == DIRECTION_WRITE) {
        return qdpi_fail(error, -EROFS,
                         "write of %zu bytes at GPA 0x%" PRIx64 ": ROM stands at 0x%" PRIx64
                         "; give the device an address in RAM",
                         size, gpa, fault);
    }
    return qdpi_fail(error, -EFAULT,
                     "%s of %zu bytes at GPA 0x%" PRIx64 ": %s at 0x%" PRIx64
                     "; give the device an address in RAM (qdpi_map_get lists it)",
                     direction_name(direction), size, gpa,
                     range == NULL ? "nothing stands"
                     : range->kind == QDPI_MEMORY_DEVICE
                         ? "a device, or memory without a shared file, stands"
                         : "a ROM image that is in no shared file stands",
                     fault);
}

/** Whether all of [gpa, gpa + size) allows the access. */
static int check(const struct qdpi_memory_map *map, uint64_t gpa, size_t size,
                 enum direction direction, struct qdpi_error *error)
{
    const uint64_t last = gpa + (size - 1);
    uint64_t at = gpa;

    for (;;) {
        const struct qdpi_map_range *range = qdpi_memory_map_find(map, at);

        if (range == NULL || !range_allows(range, direction))
            return fail_at(range, at, gpa, size, direction, error);
        if (range->last >= last)
            return 0;
        at = range->last + 1;
    }
}

// ---- An access that the fast path does not take ------------------------------------------------

/** What is asked: for writes, `strobes` may select bytes. */
struct request {
    enum direction direction;
    uint64_t gpa;
    size_t size;
    unsigned char *read_to;
    const unsigned char *write_from;
    const uint8_t *strobes;
};

/** The strobes in the first 8 bytes, of which there may be fewer. */
static inline uint64_t load_strobes(const uint8_t *strobes, size_t bytes)
{
    uint64_t bits = 0;

    if (bytes >= sizeof bits) {
        memcpy(&bits, strobes, sizeof bits);
    } else {
        for (size_t i = 0; i < bytes; i++)
            bits |= (uint64_t)strobes[i] << (8 * i);
    }
    return bits;
}

/** Skip strobes that are all `set`, or all not. @return the first from `at` on that is not so, or
 * `size`. */
static inline size_t skip_strobes(const uint8_t *strobes, size_t size, size_t at, bool set)
{
    while (at < size) {
        // 57 to 64 of them at once, as far as there are so many.
        const size_t bytes = (size + 7) / 8 - at / 8;
        uint64_t bits = load_strobes(strobes + at / 8, bytes);

        bits = (set ? ~bits : bits) >> at % 8;
        if (bits != 0) {
            at += (size_t)__builtin_ctzll(bits);
            return at < size ? at : size;
        }
        at += 64 - at % 8;
    }
    return size;
}

/** The next run of selected bytes at or after `from`. @return false: there is none. */
static bool next_run(const struct request *request, size_t from, size_t *start, size_t *length)
{
    const uint8_t *const strobes = request->strobes;
    const size_t size = request->size;

    *start = strobes == NULL ? from : skip_strobes(strobes, size, from, false);
    *length = (strobes == NULL ? size : skip_strobes(strobes, size, *start, true)) - *start;
    return *length > 0;
}

static int check_request(const struct qdpi_memory_map *map, const struct request *request,
                         struct qdpi_error *error)
{
    size_t start;
    size_t length;
    int result;

    for (size_t from = 0; next_run(request, from, &start, &length); from = start + length) {
        result = check(map, request->gpa + start, length, request->direction, error);
        if (result != 0)
            return result;
    }
    return 0;
}

/** What to do with one piece of a request: host memory and the offset of the piece. */
typedef int piece_function(const struct qdpi_guest_memory *memory, const struct request *request,
                           unsigned char *host, size_t start, size_t size);

static int touch_piece(const struct qdpi_guest_memory *memory, const struct request *request,
                       unsigned char *host, size_t start, size_t size)
{
    (void)start;
    if (request->direction == DIRECTION_READ)
        qdpi_touch_to_read(host, size);
    else
        qdpi_touch_to_write(&memory->ground, host, size);
    return qdpi_guest_memory_is_lost(memory) ? -ENOTCONN : 0;
}

static int copy_piece(const struct qdpi_guest_memory *memory, const struct request *request,
                      unsigned char *host, size_t start, size_t size)
{
    return request->direction == DIRECTION_READ
               ? qdpi_copy_in(&memory->ground, host, request->read_to + start, size)
               : qdpi_copy_out(&memory->ground, host, request->write_from + start, size);
}

/** Do something with each piece of one run of a request that has been checked. */
static int for_pieces(const struct qdpi_guest_memory *memory, const struct qdpi_memory_map *map,
                      const struct request *request, size_t start, size_t length,
                      piece_function *function)
{
    int result = 0;

    while (length > 0 && result == 0) {
        const uint64_t gpa = request->gpa + start;
        const struct qdpi_map_range *range = qdpi_memory_map_find(map, gpa);
        const uint64_t room = range->last - gpa;
        const size_t piece = length - 1 <= room ? length : (size_t)room + 1;

        result = function(memory, request, range->host + (gpa - range->first), start, piece);
        start += piece;
        length -= piece;
    }
    return result;
}

static int for_runs(const struct qdpi_guest_memory *memory, const struct qdpi_memory_map *map,
                    const struct request *request, piece_function *function)
{
    size_t start;
    size_t length;
    int result = 0;

    for (size_t from = 0; result == 0 && next_run(request, from, &start, &length);
         from = start + length)
        result = for_pieces(memory, map, request, start, length, function);
    return result;
}

/** All pieces are brought in before the first is copied: the last may be the one that is gone. */
static int transfer(const struct qdpi_guest_memory *memory, const struct qdpi_memory_map *map,
                    const struct request *request, struct qdpi_error *error)
{
    if (for_runs(memory, map, request, touch_piece) != 0 ||
        for_runs(memory, map, request, copy_piece) != 0)
        return qdpi_guest_memory_fail_lost(error);
    return 0;
}

/**
 * Find a map by which the request is allowed, asking QEMU where the contract says so: when there is
 * no map, before "nothing there" is answered, and always where the firmware switches.
 */
static int settle(struct qdpi_guest_memory *memory, const struct request *request,
                  const struct qdpi_memory_map **map, struct qdpi_error *error)
{
    bool fresh = !memory->map_can_change;
    struct qdpi_error refusal;
    int result;

    // Of the whole access: a strobe behind the end must not select GPA 0 and up.
    if (request->size - 1 > UINT64_MAX - request->gpa) {
        return qdpi_fail(error, -EINVAL,
                         "%s of %zu bytes at GPA 0x%" PRIx64 " goes past the end of the address "
                         "space",
                         direction_name(request->direction), request->size, request->gpa);
    }
    if (qdpi_guest_memory_is_lost(memory))
        return qdpi_guest_memory_fail_lost(error);
    *map = qdpi_guest_memory_load_map(memory);
    if (*map == NULL || (!fresh && !is_settled(request->gpa, request->size))) {
        result = qdpi_guest_memory_ask(memory, map, error);
        if (result != 0)
            return result;
        fresh = true;
    }
    refusal.text[0] = '\0';
    result = check_request(*map, request, &refusal);
    if (result != 0 && !fresh && qdpi_guest_memory_may_ask_again(memory)) {
        result = qdpi_guest_memory_ask(memory, map, error);
        if (result != 0)
            return result;
        refusal.text[0] = '\0';
        result = check_request(*map, request, &refusal);
    }
    return result != 0 ? qdpi_fail(error, result, "%s", refusal.text) : 0;
}

static int access_slowly(struct qdpi_guest_memory *memory, const struct request *request,
                         struct qdpi_error *error)
{
    const struct qdpi_memory_map *map = NULL;
    int result = settle(memory, request, &map, error);

    return result != 0 ? result : transfer(memory, map, request, error);
}

// ---- The accesses ------------------------------------------------------------------------------

int qdpi_guest_memory_read(struct qdpi_guest_memory *memory, uint64_t gpa, void *data, size_t size,
                           struct qdpi_error *error)
{
    const unsigned char *host;

    if (size == 0)
        return 0;
    host = find(memory, gpa, size, DIRECTION_READ);
    if (QDPI_LIKELY(host != NULL)) {
        if (QDPI_LIKELY(qdpi_copy_in(&memory->ground, host, data, size) == 0))
            return 0;
        return qdpi_guest_memory_fail_lost(error);
    }
    return access_slowly(
        memory,
        &(struct request){.direction = DIRECTION_READ, .gpa = gpa, .size = size, .read_to = data},
        error);
}

int qdpi_guest_memory_write(struct qdpi_guest_memory *memory, uint64_t gpa, const void *data,
                            size_t size, struct qdpi_error *error)
{
    unsigned char *host;

    if (size == 0)
        return 0;
    host = find(memory, gpa, size, DIRECTION_WRITE);
    if (QDPI_LIKELY(host != NULL)) {
        if (QDPI_LIKELY(qdpi_copy_out(&memory->ground, host, data, size) == 0))
            return 0;
        return qdpi_guest_memory_fail_lost(error);
    }
    return access_slowly(
        memory,
        &(struct request){
            .direction = DIRECTION_WRITE, .gpa = gpa, .size = size, .write_from = data},
        error);
}

int qdpi_guest_memory_write_strobed(struct qdpi_guest_memory *memory, uint64_t gpa,
                                    const void *data, const uint8_t *strobes, size_t size,
                                    size_t *written, struct qdpi_error *error)
{
    const struct request request = {.direction = DIRECTION_WRITE,
                                    .gpa = gpa,
                                    .size = size,
                                    .write_from = data,
                                    .strobes = strobes};
    size_t start;
    size_t length;
    unsigned char *host;

    *written = 0;
    if (size == 0)
        return 0;
    host = find(memory, gpa, size, DIRECTION_WRITE);
    if (host == NULL) {
        int result = access_slowly(memory, &request, error);

        for (size_t from = 0; next_run(&request, from, &start, &length); from = start + length)
            *written += length;
        return result;
    }
    if (!qdpi_is_in_one_page(host, size)) {
        for (size_t from = 0; next_run(&request, from, &start, &length); from = start + length)
            qdpi_touch_to_write(&memory->ground, host + start, length);
    }
    if (qdpi_guest_memory_is_lost(memory))
        return qdpi_guest_memory_fail_lost(error);
    for (size_t from = 0; next_run(&request, from, &start, &length); from = start + length) {
        if (qdpi_copy_out(&memory->ground, host + start, request.write_from + start, length) != 0)
            return qdpi_guest_memory_fail_lost(error);
        *written += length;
    }
    return 0;
}

static uint64_t apply(unsigned char *host, size_t size, enum qdpi_atomic_operation operation,
                      uint64_t expected, uint64_t operand)
{
    uint32_t *const word = (uint32_t *)(void *)host;
    uint64_t *const double_word = (uint64_t *)(void *)host;

    switch (operation) {
    case QDPI_ATOMIC_SWAP:
        return size == 4 ? qdpi_exchange_u32(word, (uint32_t)operand)
                         : qdpi_exchange_u64(double_word, operand);
    case QDPI_ATOMIC_FETCH_ADD:
        return size == 4 ? qdpi_fetch_add_u32(word, (uint32_t)operand)
                         : qdpi_fetch_add_u64(double_word, operand);
    case QDPI_ATOMIC_COMPARE_AND_SWAP:
    default:
        return size == 4 ? qdpi_cas_u32(word, (uint32_t)expected, (uint32_t)operand)
                         : qdpi_cas_u64(double_word, expected, operand);
    }
}

int qdpi_guest_memory_atomic(struct qdpi_guest_memory *memory, uint64_t gpa, size_t size,
                             enum qdpi_atomic_operation operation, uint64_t expected,
                             uint64_t operand, uint64_t *previous, struct qdpi_error *error)
{
    const struct request request = {.direction = DIRECTION_WRITE, .gpa = gpa, .size = size};
    unsigned char *host;
    uint64_t before;

    if ((gpa & (size - 1)) != 0) {
        return qdpi_fail(error, -EINVAL,
                         "atomic of %zu bytes at GPA 0x%" PRIx64 ": the address must be a multiple "
                         "of %zu",
                         size, gpa, size);
    }
    host = find(memory, gpa, size, DIRECTION_WRITE);
    if (host == NULL) {
        const struct qdpi_memory_map *map = NULL;
        const struct qdpi_map_range *range;
        int result = settle(memory, &request, &map, error);

        if (result != 0)
            return result;
        // An aligned word does not straddle two ranges: QEMU's RAM ranges are multiples of a page.
        range = qdpi_memory_map_find(map, gpa);
        host = range->host + (gpa - range->first);
    }
    if (qdpi_guest_memory_is_lost(memory))
        return qdpi_guest_memory_fail_lost(error);
    before = apply(host, size, operation, expected, operand);
    if (qdpi_guest_memory_is_lost(memory))
        return qdpi_guest_memory_fail_lost(error);
    *previous = before;
    return 0;
}
