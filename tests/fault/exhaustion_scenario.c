// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The steps, and what is demanded when one fails.

#include "exhaustion_scenario.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "qdpi_cmocka.h"
#include "qmp_io.h"
#include "statistics.h"

#define WORD_GPA UINT64_C(0x2000)
#define TABLES_GPA UINT64_C(0x110000)
#define MORE_RAM ((size_t)1 << 20)
#define MORE_GPA UINT64_C(0x200000000)

/** Ranges enough that the text of them does not fit into the buffer for an answer at first. */
#define DEVICES 1000

/** The peer keeps a list of all that it was ever asked, and goes through it to count. */
#define RUNS_PER_PEER 32U

/** What a pulse of line 3 is made of. */
#define HIGH "hmp:o/b 8195 1"
#define LOW "hmp:o/b 8195 0"

/** More doorbells than the event queue has room for at first. */
#define FLOOD 1100U

#define GIVE_UP(scenario, ...)                                                                     \
    do {                                                                                           \
        print_error("%s, calls 0x%x %" PRIu64 " to %" PRIu64 " failing, step %s: ",                \
                    (scenario)->terms->name, (scenario)->terms->plan.calls,                        \
                    (scenario)->terms->plan.first, (scenario)->terms->plan.last,                   \
                    (scenario)->step);                                                             \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

/** Make a call as the library's, and return from the step if it fails. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const int result_of_call = FAULT_CALL(call);                                               \
                                                                                                   \
        if (result_of_call < 0)                                                                    \
            return result_of_call;                                                                 \
    } while (0)

/** What must hold whenever the calls before it have succeeded. */
#define DEMAND(scenario, condition)                                                                \
    do {                                                                                           \
        if (!(condition))                                                                          \
            GIVE_UP(scenario, "not so: %s", #condition);                                           \
    } while (0)

// ---- The steps ---------------------------------------------------------------------------------

static int open_bridge(struct scenario *scenario)
{
    struct fake_guest *guest = &scenario->guest;

    if (guest->bridge != NULL)
        TRY(qdpi_reattach(guest->bridge, SCENARIO_PATIENCE_MS));
    else
        TRY(qdpi_open(guest->endpoint, SCENARIO_PATIENCE_MS, &guest->bridge));
    TRY(qdpi_require(guest->bridge, QDPI_FEATURE_INTERRUPT | QDPI_FEATURE_DOORBELL |
                                        QDPI_FEATURE_ATOMICS | QDPI_FEATURE_CONTROL));
    return 0;
}

static int use_memory(struct scenario *scenario)
{
    static const uint8_t strobes[] = {0x0f};
    struct qdpi_bridge *bridge = scenario->guest.bridge;
    uint64_t word = 0;

    TRY(qdpi_mem_write64(bridge, WORD_GPA, UINT64_C(0x1122334455667788)));
    TRY(qdpi_mem_fetch_add64(bridge, WORD_GPA, 1, &word));
    DEMAND(scenario, word == UINT64_C(0x1122334455667788));
    TRY(qdpi_mem_write_strobed(bridge, WORD_GPA, "\1\2\3\4\5\6\7\10", strobes, 8));
    TRY(qdpi_mem_read64(bridge, WORD_GPA, &word));
    DEMAND(scenario, word == UINT64_C(0x1122334404030201));
    DEMAND(scenario, memcmp(scenario->guest.bytes + WORD_GPA, &word, sizeof word) == 0);
    return 0;
}

/** Nothing is under way: wait until the I/O thread sleeps, so that who posts has to wake it. */
static void let_io_thread_sleep(struct scenario *scenario)
{
    struct qdpi_qmp_client *client = scenario->guest.bridge->client;
    const uint64_t begin = qdpi_clock_us();
    bool settled = false;

    while (!settled) {
        pthread_mutex_lock(&client->mutex);
        settled = client->sleeping || client->ended;
        pthread_mutex_unlock(&client->mutex);
        DEMAND(scenario, qdpi_clock_us() - begin < SCENARIO_PATIENCE_MS * UINT64_C(1000));
        if (!settled)
            (void)usleep(100);
    }
}

static int interrupt(struct scenario *scenario)
{
    struct fake_guest *guest = &scenario->guest;
    const size_t high = fake_qmp_count(guest->qmp, HIGH);
    const size_t low = fake_qmp_count(guest->qmp, LOW);

    let_io_thread_sleep(scenario);
    // More than are sent ahead, and than the queue of requests has room for at first.
    for (int i = 0; i < 12; i++)
        TRY(qdpi_irq_pulse(guest->bridge, 3));
    TRY(qdpi_nmi(guest->bridge));
    TRY(qdpi_fence(guest->bridge, SCENARIO_PATIENCE_MS));
    DEMAND(scenario, fake_qmp_count(guest->qmp, HIGH) == high + 12);
    DEMAND(scenario, fake_qmp_count(guest->qmp, LOW) >= low + 12);
    return 0;
}

/** Take the next event but what `cont` and `stop` announce. @return 0 and the event, or why not. */
static int take(struct scenario *scenario, struct qdpi_event *event)
{
    int result;

    do {
        result = FAULT_CALL(qdpi_event_wait(scenario->guest.bridge, SCENARIO_PATIENCE_MS, event));
    } while (result == 1 && (event->kind == QDPI_EVENT_STOP || event->kind == QDPI_EVENT_RESUME));
    DEMAND(scenario, result != 0);
    if (result == 1 && event->kind == QDPI_EVENT_LOST)
        return QDPI_ERR_LOST;
    return result < 0 ? result : 0;
}

static int hear_events(struct scenario *scenario)
{
    struct fake_guest *guest = &scenario->guest;
    struct qdpi_event event;
    int result;

    (void)fake_qmp_doorbells(guest->qmp, UINT64_C(0x500000003), 1);
    (void)fake_qmp_event(guest->qmp, "RESET", "{\"guest\": true, \"reason\": \"guest-reset\"}");
    (void)fake_qmp_event(guest->qmp, "GUEST_PANICKED", "{\"action\": \"pause\"}");
    result = take(scenario, &event);
    if (result != 0)
        return result;
    DEMAND(scenario, event.kind == QDPI_EVENT_DOORBELL && event.index == 3 &&
                         event.value == UINT64_C(0x500000003));
    result = take(scenario, &event);
    if (result != 0)
        return result;
    DEMAND(scenario, event.kind == QDPI_EVENT_RESET && event.value == 1);
    result = take(scenario, &event);
    if (result != 0)
        return result;
    DEMAND(scenario, event.kind == QDPI_EVENT_PANIC);
    // The reset has made the map expire: QEMU is asked for it.
    return use_memory(scenario);
}

static void show_more(struct scenario *scenario)
{
    struct fake_guest *guest = &scenario->guest;
    char text[256];
    const size_t size = sizeof FAKE_GUEST_RANGES + (DEVICES + 2) * 80;
    char *ranges = malloc(size);
    size_t length;

    assert_non_null(ranges);
    length = (size_t)snprintf(ranges, size,
                              "%s  0000000140000000-0000000140ffffff (prio 1, ram): vga.vram\n"
                              "  %016" PRIx64 "-%016" PRIx64 " (prio 0, ram): more\n",
                              FAKE_GUEST_RANGES, MORE_GPA, MORE_GPA + MORE_RAM - 1);
    for (unsigned i = 0; i < DEVICES; i++) {
        length += (size_t)snprintf(ranges + length, size - length,
                                   "  00000003%08x-00000003%08x (prio 0, i/o): some-device-%04u\n",
                                   i << 12, (i << 12) + 0xff, i);
    }
    fake_guest_show(guest, ranges, FAKE_GUEST_PORTS);
    free(ranges);
    (void)snprintf(text, sizeof text, "\"return\": \"%s\"", scenario->more_ram);
    fake_qmp_set(guest->qmp, "qom-get:/objects/more mem-path", FAKE_QMP_ANSWER, text);
    fake_qmp_set(guest->qmp, "query-memdev", FAKE_QMP_ANSWER,
                 "\"return\": [{\"id\": \"mem\", \"size\": 4194304, \"share\": true}, "
                 "{\"id\": \"more\", \"size\": 1048576, \"share\": true}]");
}

static void show_usual(struct scenario *scenario)
{
    fake_guest_show(&scenario->guest, FAKE_GUEST_RANGES, FAKE_GUEST_PORTS);
    fake_qmp_set(scenario->guest.qmp, "query-memdev", FAKE_QMP_ANSWER, FAKE_GUEST_MEMDEV);
}

/** Whether the memory map as the C API gives it has a range of RAM at `gpa`, of file `path`. */
static int find_range(struct scenario *scenario, uint64_t gpa, const char *path, bool *found)
{
    struct qdpi_memory_range ranges[32];
    int count;

    *found = false;
    count = FAULT_CALL(qdpi_map_get(scenario->guest.bridge, ranges, 32));
    if (count < 0)
        return count;
    for (int i = 0; i < count && i < 32; i++) {
        *found = *found || (ranges[i].first == gpa && ranges[i].kind == QDPI_MEMORY_RAM &&
                            strcmp(ranges[i].path, path) == 0);
    }
    return 0;
}

static int change_map(struct scenario *scenario)
{
    struct qdpi_bridge *bridge = scenario->guest.bridge;
    uint32_t word = 0;
    bool found;
    int result;

    show_more(scenario);
    // When "cont" has been answered, the event before it has been seen to.
    (void)fake_qmp_event(scenario->guest.qmp, "DEVICE_DELETED", "{\"path\": \"/x\"}");
    TRY(qdpi_guest_continue(bridge, SCENARIO_PATIENCE_MS));
    TRY(qdpi_map_refresh(bridge));
    TRY(qdpi_mem_write32(bridge, MORE_GPA + 4, 0xcafe0001));
    TRY(qdpi_mem_read32(bridge, MORE_GPA + 4, &word));
    DEMAND(scenario, word == 0xcafe0001);
    result = find_range(scenario, MORE_GPA, scenario->more_ram, &found);
    if (result != 0)
        return result;
    DEMAND(scenario, found);
    show_usual(scenario);
    TRY(qdpi_map_refresh(bridge));
    return 0;
}

static int translate(struct scenario *scenario)
{
    struct qdpi_bridge *bridge = scenario->guest.bridge;
    struct qdpi_paging paging;
    struct qdpi_translation translation;
    uint64_t address = 0;

    TRY(qdpi_cpu_paging(bridge, 0, &paging, SCENARIO_PATIENCE_MS));
    DEMAND(scenario, paging.cr3 == TABLES_GPA);
    TRY(qdpi_translate(bridge, &paging, 0x1234, QDPI_ACCESS_WRITE, &translation));
    DEMAND(scenario, translation.gpa == 0x1234);
    TRY(qdpi_cpu_translate(bridge, 0, 0x1234, &address, SCENARIO_PATIENCE_MS));
    DEMAND(scenario, address == 0x1234);
    TRY(qdpi_host_address(bridge, 0x1000, &address, SCENARIO_PATIENCE_MS));
    DEMAND(scenario, address == UINT64_C(0x7f670be01000));
    return 0;
}

static int control(struct scenario *scenario)
{
    struct qdpi_bridge *bridge = scenario->guest.bridge;

    TRY(qdpi_guest_stop(bridge, SCENARIO_PATIENCE_MS));
    TRY(qdpi_guest_continue(bridge, SCENARIO_PATIENCE_MS));
    TRY(qdpi_guest_reset(bridge, SCENARIO_PATIENCE_MS));
    return 0;
}

/** More doorbells than there is room for: the queue grows, or drops, says so and goes on. */
static int flood(struct scenario *scenario)
{
    struct fake_guest *guest = &scenario->guest;
    struct qdpi_event event;
    uint64_t next = 0;
    const uint64_t dropped = qdpi_counter(guest->bridge, QDPI_COUNTER_DROPPED);
    int result = 0;

    if (!scenario->terms->flood)
        return 0;
    (void)fake_qmp_doorbells(guest->qmp, 0, FLOOD);
    TRY(qdpi_guest_continue(guest->bridge, SCENARIO_PATIENCE_MS));
    while (next < FLOOD) {
        result = take(scenario, &event);
        if (result != 0)
            return result;
        if (event.kind == QDPI_EVENT_OVERFLOW) {
            DEMAND(scenario, event.value > 0);
            next += event.value;
        } else {
            DEMAND(scenario, event.kind == QDPI_EVENT_DOORBELL && event.value == next);
            next++;
        }
    }
    // What "cont" is announced by may be among what was dropped.
    DEMAND(scenario, next <= FLOOD + 1);
    DEMAND(scenario, scenario->terms->plan.last == FAULT_FOR_EVER ||
                         qdpi_counter(guest->bridge, QDPI_COUNTER_DROPPED) <= dropped + 1);
    // The queue keeps the room it has got: the next run needs a smaller one again.
    return qdpi_counter(guest->bridge, QDPI_COUNTER_DROPPED) != dropped ? QDPI_ERR_NO_MEMORY : 0;
}

static int lose_and_attach(struct scenario *scenario)
{
    struct fake_guest *guest = &scenario->guest;
    struct qdpi_event event;
    uint64_t word = 1;
    int result;

    if (!guest->bridge->attached)
        return open_bridge(scenario);
    fake_qmp_hang_up(guest->qmp);
    while ((result = take(scenario, &event)) == 0) {
    }
    DEMAND(scenario, result == QDPI_ERR_LOST);
    DEMAND(scenario, FAULT_CALL(qdpi_mem_read64(guest->bridge, WORD_GPA, &word)) == QDPI_ERR_LOST &&
                         word == 1);
    DEMAND(scenario, FAULT_CALL(qdpi_irq_pulse(guest->bridge, 3)) == QDPI_ERR_LOST);
    DEMAND(scenario, FAULT_CALL(qdpi_map_refresh(guest->bridge)) == QDPI_ERR_LOST);
    (void)qdpi_last_error(guest->bridge);
    return open_bridge(scenario);
}

static int quit(struct scenario *scenario)
{
    TRY(qdpi_guest_quit(scenario->guest.bridge, SCENARIO_PATIENCE_MS));
    return 0;
}

static const struct {
    const char *name;
    int (*run)(struct scenario *scenario);
} steps[] = {
    {"open", open_bridge},
    {"memory", use_memory},
    {"interrupts", interrupt},
    {"events", hear_events},
    {"map", change_map},
    {"memory again", use_memory},
    {"translate", translate},
    {"control", control},
    {"flood", flood},
    {"attach", lose_and_attach},
    {"memory at last", use_memory},
    {"quit", quit},
};

// ---- When a step fails -------------------------------------------------------------------------

bool scenario_says(const char *sentence, const char *words)
{
    while (words != NULL) {
        const char *end = strchr(words, '|');
        const size_t length = end != NULL ? (size_t)(end - words) : strlen(words);

        for (const char *at = sentence; strlen(at) >= length; at++) {
            if (strncmp(at, words, length) == 0)
                return true;
        }
        words = end != NULL ? end + 1 : NULL;
    }
    return false;
}

static bool may_return(const struct scenario_terms *terms, int result)
{
    for (size_t i = 0; i < SCENARIO_RESULTS_MAX; i++) {
        if (result != 0 && terms->results[i] == result)
            return true;
    }
    return false;
}

/** A bridge that has lost its guest tells so once, last, and to every call. */
static void expect_lost(struct scenario *scenario)
{
    struct qdpi_bridge *bridge = scenario->guest.bridge;
    struct qdpi_event event;
    uint64_t word = 0;

    while (FAULT_CALL(qdpi_event_wait(bridge, SCENARIO_PATIENCE_MS, &event)) == 1) {
    }
    DEMAND(scenario, FAULT_CALL(qdpi_event_wait(bridge, 0, &event)) == QDPI_ERR_LOST);
    DEMAND(scenario, FAULT_CALL(qdpi_mem_read64(bridge, WORD_GPA, &word)) == QDPI_ERR_LOST);
    DEMAND(scenario, FAULT_CALL(qdpi_fence(bridge, 0)) == QDPI_ERR_LOST);
    DEMAND(scenario, qdpi_last_error(bridge)[0] != '\0');
}

/** @return whether the guest was lost. */
static bool recover(struct scenario *scenario, int result)
{
    struct qdpi_bridge *bridge = scenario->guest.bridge;
    const char *sentence;
    int fence;
    bool lost;

    show_usual(scenario);
    if (!may_return(scenario->terms, result))
        GIVE_UP(scenario, "%d is not what it may return", result);
    if (bridge == NULL) {
        DEMAND(scenario, result == QDPI_ERR_NO_MEMORY);
        return false;
    }
    if (strcmp(scenario->step, "flood") == 0 && result == QDPI_ERR_NO_MEMORY)
        return false;  // what is dropped is told by an event, not by a sentence
    sentence = qdpi_last_error(bridge);
    if (!scenario_says(sentence, scenario->terms->words))
        GIVE_UP(scenario, "\"%s\" does not say \"%s\"", sentence, scenario->terms->words);
    // The fence comes behind all that is under way, a loss as well.
    fence = FAULT_CALL(qdpi_fence(bridge, SCENARIO_PATIENCE_MS));
    lost = fence == QDPI_ERR_LOST;
    DEMAND(scenario, lost || (fence == 0 && bridge->attached && result != QDPI_ERR_LOST));
    if (lost) {
        expect_lost(scenario);
        DEMAND(scenario, FAULT_CALL(qdpi_reattach(bridge, SCENARIO_PATIENCE_MS)) == 0);
    }
    return lost;
}

size_t scenario_pages(void)
{
    DIR *directory = opendir(QDPI_STATISTICS_FOLDER);
    const struct dirent *entry;
    char prefix[64];
    size_t count = 0;

    assert_non_null(directory);
    (void)snprintf(prefix, sizeof prefix, "%s%u-%d-", QDPI_STATISTICS_PREFIX, geteuid(), getpid());
    while ((entry = readdir(directory)) != NULL)
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0 ? 1 : 0;
    (void)closedir(directory);
    return count;
}

static void close_bridge(struct scenario *scenario)
{
    fault_injection_enter();
    qdpi_close(scenario->guest.bridge);
    (void)fault_injection_leave(0);
    scenario->guest.bridge = NULL;
}

struct scenario_outcome scenario_run(struct scenario *scenario, const struct scenario_terms *terms)
{
    static const struct fault_plan none = {.calls = 0};
    struct scenario_outcome outcome = {.injected = 0};
    const uint64_t begin = qdpi_clock_us();
    const int64_t live = fault_injection_live();
    int fds;

    if (scenario->runs++ == RUNS_PER_PEER) {
        scenario_stop(scenario);
        scenario_start(scenario);
    }
    fds = qdpi_count_open_fds();
    scenario->terms = terms;
    fault_injection_arm(terms->flood ? &none : &terms->plan);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int result;

        scenario->step = steps[i].name;
        if (terms->flood && steps[i].run == flood)
            fault_injection_arm(&terms->plan);
        result = steps[i].run(scenario);
        if (result == 0)
            continue;
        if (outcome.noticed)
            GIVE_UP(scenario, "%d, %s, with nothing failing any more", result,
                    qdpi_last_error(scenario->guest.bridge));
        outcome.noticed = true;
        outcome.injected = fault_injection_disarm();
        outcome.was_lost = recover(scenario, result);
        result = steps[i].run(scenario);
        if (result != 0)
            GIVE_UP(scenario, "%d, %s, when tried again", result,
                    qdpi_last_error(scenario->guest.bridge));
    }
    scenario->step = "close";
    close_bridge(scenario);
    if (!outcome.noticed)
        outcome.injected = fault_injection_disarm();
    DEMAND(scenario, fault_injection_live() == live);
    DEMAND(scenario, qdpi_clock_us() - begin < SCENARIO_PATIENCE_MS * UINT64_C(1000));
    DEMAND(scenario, fake_qmp_await_gone(scenario->guest.qmp));
    // The fake's own, of the client that has gone, is closed a moment later.
    for (int i = 0; i < 1000 && qdpi_count_open_fds() != fds; i++)
        (void)usleep(1000);
    DEMAND(scenario, qdpi_count_open_fds() == fds);
    return outcome;
}

// ---- The peer ----------------------------------------------------------------------------------

static void make_tables(struct fake_guest *guest)
{
    const uint64_t entries[] = {TABLES_GPA + 0x1003, TABLES_GPA + 0x2003, 0x83};

    // Guest RAM and its file are one to one there.
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        memcpy(guest->bytes + TABLES_GPA + 0x1000 * i, &entries[i], sizeof entries[i]);
}

void scenario_start(struct scenario *scenario)
{
    static const struct scenario_terms nothing_fails = {.name = "nothing"};
    struct fake_guest *guest = &scenario->guest;
    int fd;

    scenario->runs = 0;
    assert_true(fake_guest_start(guest));
    (void)snprintf(scenario->more_ram, sizeof scenario->more_ram, "%s/more", guest->scratch.path);
    fd = open(scenario->more_ram, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)MORE_RAM), 0);
    (void)close(fd);
    make_tables(guest);
    fake_qmp_set_string(guest->qmp, "hmp:info registers",
                        "CR0=80000011 CR2=0 CR3=0000000000110000 CR4=00000020\r\n"
                        "EFER=0000000000000500\r\nSMM=0 A20=1\r\n");
    fake_qmp_set_string(guest->qmp, "hmp:gva2gpa", "gpa: 0x1234\r\n");
    fake_qmp_set_string(guest->qmp, "hmp:gpa2hva",
                        "Host virtual address for 0x1000 (mem) is 0x7f670be01000\r\n");
    assert_false(scenario_run(scenario, &nothing_fails).noticed);
}

void scenario_stop(struct scenario *scenario)
{
    (void)unlink(scenario->more_ram);
    fake_guest_stop(&scenario->guest);
}
