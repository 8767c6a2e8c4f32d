// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads, writes and atomics at a GPA: the hot path, and below it what happens when it does not
// apply.

#include "guest_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "deadline.h"
#include "shm_atomic.h"

#define PAGE_SIZE ((size_t)4096)

/** Where the firmware switches between RAM, ROM and devices without telling anyone. */
#define UNSETTLED_FIRST UINT64_C(0xa0000)
#define UNSETTLED_END UINT64_C(0x100000)

/** Least time between two discoveries for accesses that found nothing. */
#define DISCOVERY_INTERVAL_MS 50

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

enum access {
    ACCESS_READ,
    ACCESS_WRITE,
};

// The ordering helpers take `void *`; the map itself is never written through it.

static inline const struct qdpi_memory_map *load_map(const struct qdpi_guest_memory *memory)
{
    return qdpi_load_acquire_pointer(&memory->map);
}

static inline void store_map(struct qdpi_guest_memory *memory, const struct qdpi_memory_map *map)
{
    qdpi_store_release_pointer(&memory->map, (void *)map);
}

// ---- Copying between here and one range --------------------------------------------------------

static inline bool is_lost(const struct qdpi_guest_memory *memory)
{
    // What may have raised SIGBUS before must not be moved behind the look at the flag, or back.
    qdpi_signal_fence();
    return qdpi_load_relaxed_int(&memory->lost) != 0;
}

/** Bring every page in, so that a page that cannot be had is known before anything is changed. */
static inline void touch(const unsigned char *host, size_t size)
{
    const unsigned char *const last = host + size - 1;

    (void)qdpi_load_relaxed_u8(host);
    for (const unsigned char *page = host + PAGE_SIZE; page < last; page += PAGE_SIZE)
        (void)qdpi_load_relaxed_u8(page);
    (void)qdpi_load_relaxed_u8(last);
}

static inline bool is_word(const unsigned char *host, size_t size)
{
    return size <= 8 && (size & (size - 1)) == 0 && ((uintptr_t)host & (size - 1)) == 0;
}

/** @return 0 or -ENOTCONN. Pairs with a guest that writes data, then a flag: the flag read here
 *  acquires. */
static inline int copy_in(const struct qdpi_guest_memory *memory, const unsigned char *host,
                          void *data, size_t size)
{
    if (is_word(host, size)) {
        uint64_t word = 0;

        switch (size) {
        case 1:
            word = qdpi_load_acquire_u8(host);
            break;
        case 2:
            word = qdpi_load_acquire_u16((const uint16_t *)(const void *)host);
            break;
        case 4:
            word = qdpi_load_acquire_u32((const uint32_t *)(const void *)host);
            break;
        default:
            word = qdpi_load_acquire_u64((const uint64_t *)(const void *)host);
            break;
        }
        if (is_lost(memory))
            return -ENOTCONN;
        memcpy(data, &word, size);  // Little endian, as the guest is.
        return 0;
    }
    touch(host, size);
    if (is_lost(memory))
        return -ENOTCONN;
    memcpy(data, host, size);
    qdpi_acquire_fence();
    return is_lost(memory) ? -ENOTCONN : 0;
}

/** @return 0 or -ENOTCONN. Pairs with a guest that reads a flag, then data: the flag written here
 *  releases. */
static inline int copy_out(const struct qdpi_guest_memory *memory, unsigned char *host,
                           const void *data, size_t size)
{
    if (is_word(host, size)) {
        uint64_t word = 0;

        if (is_lost(memory))
            return -ENOTCONN;
        memcpy(&word, data, size);
        switch (size) {
        case 1:
            qdpi_store_release_u8(host, (uint8_t)word);
            break;
        case 2:
            qdpi_store_release_u16((uint16_t *)(void *)host, (uint16_t)word);
            break;
        case 4:
            qdpi_store_release_u32((uint32_t *)(void *)host, (uint32_t)word);
            break;
        default:
            qdpi_store_release_u64((uint64_t *)(void *)host, word);
            break;
        }
        return is_lost(memory) ? -ENOTCONN : 0;
    }
    touch(host, size);
    if (is_lost(memory))
        return -ENOTCONN;
    qdpi_release_fence();
    memcpy(host, data, size);
    return is_lost(memory) ? -ENOTCONN : 0;
}

// ---- Finding the range -------------------------------------------------------------------------

/** Whether a snapshot of the map can be trusted for the access. */
static inline bool is_settled(uint64_t gpa, size_t size)
{
    return gpa >= UNSETTLED_END || (gpa < UNSETTLED_FIRST && size <= UNSETTLED_FIRST - gpa);
}

static inline bool holds(const struct qdpi_map_range *range, uint64_t gpa, size_t size)
{
    return gpa >= range->first && gpa <= range->last && size - 1 <= range->last - gpa;
}

static inline bool allows(const struct qdpi_map_range *range, enum access access)
{
    return range->host != NULL && (access == ACCESS_READ || range->kind == QDPI_MEMORY_RAM);
}

/** Where [gpa, gpa + size) is mapped, if one range of a trusted map holds it and allows the access;
 *  else NULL, which says nothing yet. */
static inline unsigned char *find_fast(struct qdpi_guest_memory *memory, uint64_t gpa, size_t size,
                                       enum access access)
{
    const struct qdpi_memory_map *map = load_map(memory);
    const struct qdpi_map_range *range;
    uint32_t hit;

    if (map == NULL || !is_settled(gpa, size))
        return NULL;
    hit = qdpi_load_relaxed_u32(&memory->last_hit);
    if (!LIKELY(hit < map->count && holds(&map->ranges[hit], gpa, size))) {
        range = qdpi_memory_map_find(map, gpa);
        if (range == NULL || !holds(range, gpa, size))
            return NULL;
        hit = (uint32_t)(range - map->ranges);
        qdpi_store_relaxed_u32(&memory->last_hit, hit);
    }
    range = &map->ranges[hit];
    return allows(range, access) ? range->host + (gpa - range->first) : NULL;
}

static const char *access_name(enum access access)
{
    return access == ACCESS_READ ? "read" : "write";
}

static int fail_lost(struct qdpi_error *error)
{
    return qdpi_fail(error, -ENOTCONN,
                     "guest memory is lost: QEMU has ended, or its RAM file was truncated or its "
                     "file system is full; attach again when the guest runs");
}

static int fail_at(const struct qdpi_map_range *range, uint64_t fault, uint64_t gpa, size_t size,
                   enum access access, struct qdpi_error *error)
{
    if (range != NULL && range->kind == QDPI_MEMORY_ROM && access == ACCESS_WRITE) {
        return qdpi_fail(error, -EROFS,
                         "write of %zu bytes at GPA 0x%" PRIx64 ": ROM stands at 0x%" PRIx64
                         "; give the device an address in RAM",
                         size, gpa, fault);
    }
    return qdpi_fail(error, -EFAULT,
                     "%s of %zu bytes at GPA 0x%" PRIx64 ": %s at 0x%" PRIx64
                     "; give the device an address in RAM (qdpi_map_get lists it)",
                     access_name(access), size, gpa,
                     range == NULL ? "nothing stands"
                     : range->kind == QDPI_MEMORY_DEVICE
                         ? "a device, or memory without a shared file, stands"
                         : "a ROM image that is in no shared file stands",
                     fault);
}

/** Whether all of [gpa, gpa + size) allows the access. */
static int check(const struct qdpi_memory_map *map, uint64_t gpa, size_t size, enum access access,
                 struct qdpi_error *error)
{
    const uint64_t last = gpa + (size - 1);
    uint64_t at = gpa;

    for (;;) {
        const struct qdpi_map_range *range = qdpi_memory_map_find(map, at);

        if (range == NULL || !allows(range, access))
            return fail_at(range, at, gpa, size, access, error);
        if (range->last >= last)
            return 0;
        at = range->last + 1;
    }
}

// ---- An access that the fast path does not take ------------------------------------------------

/** What is asked: for writes, `strobes` may select bytes. */
struct request {
    enum access access;
    uint64_t gpa;
    size_t size;
    unsigned char *read_to;
    const unsigned char *write_from;
    const uint8_t *strobes;
};

/** The next run of selected bytes at or after `from`. @return false: there is none. */
static bool next_run(const struct request *request, size_t from, size_t *start, size_t *length)
{
    size_t i = from;

    if (request->strobes == NULL) {
        *start = from;
        *length = request->size - from;
        return from < request->size;
    }
    while (i < request->size && (request->strobes[i / 8] >> (i % 8) & 1) == 0)
        i++;
    *start = i;
    while (i < request->size && (request->strobes[i / 8] >> (i % 8) & 1) != 0)
        i++;
    *length = i - *start;
    return *length > 0;
}

static int check_request(const struct qdpi_memory_map *map, const struct request *request,
                         struct qdpi_error *error)
{
    size_t start;
    size_t length;
    int result;

    for (size_t from = 0; next_run(request, from, &start, &length); from = start + length) {
        result = check(map, request->gpa + start, length, request->access, error);
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
    (void)request;
    (void)start;
    touch(host, size);
    return is_lost(memory) ? -ENOTCONN : 0;
}

static int copy_piece(const struct qdpi_guest_memory *memory, const struct request *request,
                      unsigned char *host, size_t start, size_t size)
{
    return request->access == ACCESS_READ
               ? copy_in(memory, host, request->read_to + start, size)
               : copy_out(memory, host, request->write_from + start, size);
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
        return fail_lost(error);
    return 0;
}

/** Whether an access that found nothing may ask QEMU again now. */
static bool may_ask_again(struct qdpi_guest_memory *memory)
{
    bool now;

    pthread_mutex_lock(&memory->discovery);
    now = qdpi_deadline_left_ms(&memory->not_before) == 0;
    if (now)
        memory->not_before = qdpi_deadline_in(DISCOVERY_INTERVAL_MS);
    pthread_mutex_unlock(&memory->discovery);
    return now;
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
                         access_name(request->access), request->size, request->gpa);
    }
    for (;;) {
        if (is_lost(memory))
            return fail_lost(error);
        *map = load_map(memory);
        if (*map == NULL || (!fresh && !is_settled(request->gpa, request->size))) {
            result = qdpi_guest_memory_refresh(memory, error);
            if (result != 0)
                return result;
            fresh = true;
            continue;
        }
        refusal.text[0] = '\0';
        result = check_request(*map, request, &refusal);
        if (result == 0)
            return 0;
        if (fresh || !may_ask_again(memory))
            return qdpi_fail(error, result, "%s", refusal.text);
        result = qdpi_guest_memory_refresh(memory, error);
        if (result != 0)
            return result;
        fresh = true;
    }
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
    host = find_fast(memory, gpa, size, ACCESS_READ);
    if (LIKELY(host != NULL)) {
        if (LIKELY(copy_in(memory, host, data, size) == 0))
            return 0;
        return fail_lost(error);
    }
    return access_slowly(
        memory, &(struct request){.access = ACCESS_READ, .gpa = gpa, .size = size, .read_to = data},
        error);
}

int qdpi_guest_memory_write(struct qdpi_guest_memory *memory, uint64_t gpa, const void *data,
                            size_t size, struct qdpi_error *error)
{
    unsigned char *host;

    if (size == 0)
        return 0;
    host = find_fast(memory, gpa, size, ACCESS_WRITE);
    if (LIKELY(host != NULL)) {
        if (LIKELY(copy_out(memory, host, data, size) == 0))
            return 0;
        return fail_lost(error);
    }
    return access_slowly(
        memory,
        &(struct request){.access = ACCESS_WRITE, .gpa = gpa, .size = size, .write_from = data},
        error);
}

/** Whether the first `count` strobes are all set. */
static bool all_set(const uint8_t *strobes, size_t count)
{
    const size_t whole = count / 8;
    const unsigned rest = (1U << (count % 8)) - 1U;

    for (size_t i = 0; i < whole; i++) {
        if (strobes[i] != 0xff)
            return false;
    }
    return rest == 0 || (strobes[whole] & rest) == rest;
}

int qdpi_guest_memory_write_strobed(struct qdpi_guest_memory *memory, uint64_t gpa,
                                    const void *data, const uint8_t *strobes, size_t size,
                                    struct qdpi_error *error)
{
    const struct request request = {
        .access = ACCESS_WRITE, .gpa = gpa, .size = size, .write_from = data, .strobes = strobes};
    size_t start;
    size_t length;
    unsigned char *host;

    if (all_set(strobes, size))
        return qdpi_guest_memory_write(memory, gpa, data, size, error);
    host = find_fast(memory, gpa, size, ACCESS_WRITE);
    if (host == NULL)
        return access_slowly(memory, &request, error);
    touch(host, size);
    if (is_lost(memory))
        return fail_lost(error);
    for (size_t from = 0; next_run(&request, from, &start, &length); from = start + length) {
        if (copy_out(memory, host + start, request.write_from + start, length) != 0)
            return fail_lost(error);
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
    const struct request request = {.access = ACCESS_WRITE, .gpa = gpa, .size = size};
    unsigned char *host;
    uint64_t before;

    if ((gpa & (size - 1)) != 0) {
        return qdpi_fail(error, -EINVAL,
                         "atomic of %zu bytes at GPA 0x%" PRIx64 ": the address must be a multiple "
                         "of %zu",
                         size, gpa, size);
    }
    host = find_fast(memory, gpa, size, ACCESS_WRITE);
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
    if (is_lost(memory))
        return fail_lost(error);
    before = apply(host, size, operation, expected, operand);
    if (is_lost(memory))
        return fail_lost(error);
    *previous = before;
    return 0;
}

// ---- The map -----------------------------------------------------------------------------------

void qdpi_guest_memory_init(struct qdpi_guest_memory *memory, qdpi_map_source *source,
                            void *source_context, struct qdpi_counters *counters)
{
    memset(memory, 0, sizeof *memory);
    memory->lost = 1;
    memory->source = source;
    memory->source_context = source_context;
    memory->counters = counters;
    pthread_mutex_init(&memory->discovery, NULL);
    pthread_mutex_init(&memory->publication, NULL);
}

void qdpi_guest_memory_prepare(struct qdpi_guest_memory *memory)
{
    pthread_mutex_lock(&memory->publication);
    memory->expirations = 0;
    pthread_mutex_unlock(&memory->publication);
    qdpi_store_relaxed_int(&memory->lost, 0);
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
    qdpi_store_relaxed_int(&memory->lost, 1);
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

/** Under the discovery mutex. */
static int discover(struct qdpi_guest_memory *memory, struct qdpi_error *error)
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
    return 0;
}

int qdpi_guest_memory_refresh(struct qdpi_guest_memory *memory, struct qdpi_error *error)
{
    int result;

    if (is_lost(memory))
        return fail_lost(error);
    pthread_mutex_lock(&memory->discovery);
    result = discover(memory, error);
    pthread_mutex_unlock(&memory->discovery);
    return result;
}

const struct qdpi_memory_map *qdpi_guest_memory_map(struct qdpi_guest_memory *memory,
                                                    struct qdpi_error *error)
{
    const struct qdpi_memory_map *map;

    if (is_lost(memory)) {
        (void)fail_lost(error);
        return NULL;
    }
    while ((map = load_map(memory)) == NULL) {
        if (qdpi_guest_memory_refresh(memory, error) != 0)
            return NULL;
    }
    return map;
}
