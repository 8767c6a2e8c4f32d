// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What doorbells, interrupts and fences cost with a real QEMU: the library, a minimal QMP client,
// two processes with eventfds, and shared memory, in turn.
//
// usage: bench_channel [ROUNDS]
//
// The library and the minimal client are never connected at the same time: QEMU sends each event to
// every client, and the one would pay for the other's.
//
// "doorbell" is an exchange right behind the last one, as of a ping-pong. Where a name says
// "rested", all have been idle for some milliseconds, as between a driver's requests: each way into
// the kernel and out of it then costs several times as much, of whatever kind it is. The guest
// sleeps when it has rung then.

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bare_qmp.h"
#include "eventfd_pair.h"
#include "live_guest.h"
#include "qdpi_cmocka.h"
#include "shm_atomic.h"

#define PATIENCE_MS 20000U
/** The whole of it; a wait that nothing ends must end. */
#define WATCHDOG_SECONDS 300U
/** Of each contestant, in each round. */
#define EXCHANGES 20
/** Calls behind each other, while requests are under way. */
#define BURST 200
#define UNDER_WAY 16
/** After so long, who can sleep does. */
#define ASLEEP_US 1000U
/** After so long, a guest that has nothing to do sleeps. */
#define GUEST_ASLEEP_MS 30U
/** After so long, one that has rung a doorbell is awake again. */
#define GUEST_AWAKE_MS 6U
#define LINE 5U
#define DOORBELL 7U
#define RAISE                                                                                      \
    "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"o /b 0x2005 1\"}}\n"
#define LOWER                                                                                      \
    "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"o /b 0x2005 0\"}}\n"
#define TRIVIAL "{\"execute\":\"query-name\"}\n"

static unsigned rounds = 10;

struct bench {
    struct qdpi_live_qemu *qemu;
    uint8_t *ram; /**< without the library: the minimal client has none */
    size_t ram_size;
    uint32_t asked; /**< what the echo flag holds, without its kind */
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void sample(const char *name, const char *contestant, uint64_t since_ns, unsigned calls)
{
    printf("sample: channel %s %s ns %.1f\n", name, contestant,
           (double)(now_ns() - since_ns) / calls);
}

static void sleep_us(unsigned microseconds)
{
    const struct timespec time = {.tv_sec = 0, .tv_nsec = (long)microseconds * 1000};

    (void)nanosleep(&time, NULL);
}

// ---- The guest, through its memory ------------------------------------------------------------

static uint32_t *word(const struct bench *bench, size_t address)
{
    return (uint32_t *)(void *)(bench->ram + address);
}

static uint32_t *mailbox(const struct bench *bench, size_t offset)
{
    return word(bench, QDPI_MAILBOX_ADDRESS + offset);
}

static void map_ram(struct bench *bench)
{
    char path[QDPI_LIVE_PATH_MAX];
    struct stat status;
    int fd;

    qdpi_live_path(bench->qemu, "ram", path);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &status) == 0);
    bench->ram_size = (size_t)status.st_size;
    bench->ram = mmap(NULL, bench->ram_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(bench->ram, MAP_FAILED);
    (void)close(fd);
    while (qdpi_load_acquire_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_MAGIC)) != QDPI_MAILBOX_MAGIC)
        qdpi_live_sleep_ms(2);
}

/** Ask the spinning guest for something of `kind`. */
static uint32_t ask(struct bench *bench, uint32_t kind)
{
    bench->asked += QDPI_MAILBOX_ECHO_KINDS;
    qdpi_store_release_u32(word(bench, QDPI_MAILBOX_ECHO_FLAG), bench->asked + kind);
    return bench->asked + kind;
}

static void await_echo(const struct bench *bench, uint32_t asked)
{
    while (qdpi_load_acquire_u32(word(bench, QDPI_MAILBOX_ECHO_ACK)) != asked)
        continue;
}

/** The guest spins until guest_rests(). */
static void guest_spins(struct bench *bench)
{
    const uint32_t request = qdpi_load_acquire_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_REQUEST));

    qdpi_store_release_u32(word(bench, QDPI_MAILBOX_ECHO_FLAG), 0);
    qdpi_store_release_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_ARGUMENTS), DOORBELL);
    qdpi_store_release_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_ARGUMENTS + 4), 0);
    qdpi_store_release_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_COMMAND), QDPI_MAILBOX_COMMAND_ECHO);
    qdpi_store_release_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_REQUEST), request + 1);
    await_echo(bench, ask(bench, QDPI_MAILBOX_ECHO_MEMORY));
}

static void guest_rests(struct bench *bench)
{
    (void)ask(bench, QDPI_MAILBOX_ECHO_END);
    while (qdpi_load_acquire_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_RESPONSE)) !=
           qdpi_load_acquire_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_REQUEST)))
        qdpi_live_sleep_ms(1);
    qdpi_live_sleep_ms(GUEST_ASLEEP_MS);
}

static uint32_t interrupts(const struct bench *bench)
{
    return qdpi_load_acquire_u32(mailbox(bench, QDPI_MAILBOX_OFFSET_COUNTS + LINE * 4));
}

static void await_interrupt(const struct bench *bench, uint32_t before)
{
    uint32_t count;

    while ((count = interrupts(bench)) == before)
        continue;
    assert_int_equal(count, before + 1);
}

// ---- Floors ------------------------------------------------------------------------------------

static void measure_eventfds(const char *const *names)
{
    static const char *const writes[] = {"post-asleep", "post-asleep-pulse"};
    static const char *const rested[] = {"doorbell-rested", "doorbell-rested-blocked"};
    struct eventfd_pair pair;

    assert_true(eventfd_pair_start(&pair));
    for (unsigned i = 0; i < EXCHANGES; i++) {
        for (size_t name = 0; names[name] != NULL; name++) {
            const uint64_t since = now_ns();

            assert_true(eventfd_pair_send(&pair) && eventfd_pair_receive(&pair));
            sample(names[name], "eventfd", since, 1);
        }
        for (size_t name = 0; name < sizeof writes / sizeof writes[0]; name++) {
            uint64_t since;

            sleep_us(ASLEEP_US);
            since = now_ns();
            assert_true(eventfd_pair_send(&pair));
            sample(writes[name], "eventfd", since, 1);
            assert_true(eventfd_pair_receive(&pair));
        }
        for (size_t name = 0; name < sizeof rested / sizeof rested[0]; name++) {
            uint64_t since;

            qdpi_live_sleep_ms(GUEST_AWAKE_MS);
            since = now_ns();
            assert_true(eventfd_pair_send(&pair) && eventfd_pair_receive(&pair));
            sample(rested[name], "eventfd", since, 1);
        }
    }
    eventfd_pair_stop(&pair);
}

/** With the guest. */
static void measure_memory(struct bench *bench, const char *const *names)
{
    for (unsigned i = 0; i < EXCHANGES; i++) {
        for (size_t name = 0; names[name] != NULL; name++) {
            const uint64_t since = now_ns();

            await_echo(bench, ask(bench, QDPI_MAILBOX_ECHO_MEMORY));
            sample(names[name], "memory", since, 1);
        }
    }
}

// ---- The library -------------------------------------------------------------------------------

static inline void expect_posted(int result)
{
    if (result != 0)
        fail_msg("an interrupt call failed: %d", result);
}

static void fence(struct qdpi_bridge *bridge)
{
    assert_int_equal(qdpi_fence(bridge, PATIENCE_MS), 0);
}

static void measure_calls(struct qdpi_bridge *bridge)
{
    uint64_t since;

    for (unsigned i = 0; i < EXCHANGES; i++) {
        sleep_us(ASLEEP_US);
        since = now_ns();
        expect_posted(qdpi_irq_set(bridge, LINE));
        sample("post-asleep", "bridge", since, 1);
        expect_posted(qdpi_irq_clear(bridge, LINE));
        fence(bridge);

        sleep_us(ASLEEP_US);
        since = now_ns();
        expect_posted(qdpi_irq_pulse(bridge, LINE));
        sample("post-asleep-pulse", "bridge", since, 1);
        fence(bridge);

        sleep_us(ASLEEP_US);
        since = now_ns();
        expect_posted(qdpi_irq_set(bridge, LINE));
        fence(bridge);
        sample("fence", "bridge", since, 1);
        expect_posted(qdpi_irq_clear(bridge, LINE));
        fence(bridge);
        since = now_ns();
        fence(bridge);
        sample("fence-nothing", "bridge", since, 1);
    }
    // On a line that the guest has masked, behind as many as QEMU is given at once.
    for (unsigned i = 0; i < UNDER_WAY; i++)
        expect_posted(qdpi_irq_pulse(bridge, LINE + 4));
    since = now_ns();
    for (unsigned i = 0; i < BURST; i++)
        expect_posted(qdpi_irq_set(bridge, LINE + 4));
    sample("post-awake", "bridge", since, BURST);
    since = now_ns();
    for (unsigned i = 0; i < BURST; i++)
        expect_posted(qdpi_irq_pulse(bridge, LINE + 4));
    sample("post-awake-pulse", "bridge", since, BURST);
    expect_posted(qdpi_irq_clear(bridge, LINE + 4));
    fence(bridge);
}

/** One doorbell, from the flag that the guest looks at to the event. */
static void measure_doorbell(struct bench *bench, struct qdpi_bridge *bridge, uint32_t kind,
                             bool blocked, const char *name)
{
    struct qdpi_event event;
    const uint64_t since = now_ns();
    const uint32_t asked = ask(bench, kind);
    int result;

    if (blocked) {
        result = qdpi_event_wait(bridge, PATIENCE_MS, &event);
    } else {
        while ((result = qdpi_event_poll(bridge, &event)) == 0)
            continue;
    }
    sample(name, "bridge", since, 1);
    assert_int_equal(result, 1);
    assert_int_equal(event.kind, QDPI_EVENT_DOORBELL);
    assert_int_equal(event.index, DOORBELL);
    assert_int_equal(event.value, asked);
}

static void measure_doorbells(struct bench *bench, struct qdpi_bridge *bridge)
{
    for (unsigned i = 0; i < EXCHANGES; i++)
        measure_doorbell(bench, bridge, QDPI_MAILBOX_ECHO_DOORBELL_AWAKE, false, "doorbell");
    for (unsigned i = 0; i < EXCHANGES; i++)
        measure_doorbell(bench, bridge, QDPI_MAILBOX_ECHO_DOORBELL_AWAKE, true, "doorbell-blocked");
    for (unsigned i = 0; i < EXCHANGES; i++) {
        qdpi_live_sleep_ms(GUEST_AWAKE_MS);
        measure_doorbell(bench, bridge, QDPI_MAILBOX_ECHO_DOORBELL, false, "doorbell-rested");
        qdpi_live_sleep_ms(GUEST_AWAKE_MS);
        measure_doorbell(bench, bridge, QDPI_MAILBOX_ECHO_DOORBELL, true,
                         "doorbell-rested-blocked");
    }
}

static void measure_interrupts(const struct bench *bench, struct qdpi_bridge *bridge)
{
    for (unsigned i = 0; i < EXCHANGES; i++) {
        uint32_t before = interrupts(bench);
        uint64_t since;

        sleep_us(ASLEEP_US);
        since = now_ns();
        expect_posted(qdpi_irq_set(bridge, LINE));
        await_interrupt(bench, before);
        sample("interrupt", "bridge", since, 1);
        expect_posted(qdpi_irq_clear(bridge, LINE));
        fence(bridge);

        before = interrupts(bench);
        sleep_us(ASLEEP_US);
        since = now_ns();
        expect_posted(qdpi_irq_pulse(bridge, LINE));
        await_interrupt(bench, before);
        sample("interrupt-pulse", "bridge", since, 1);
        fence(bridge);
    }
}

static void measure_bridge(struct bench *bench, const char *const *names)
{
    struct qdpi_bridge *bridge = qdpi_live_open(bench->qemu);

    // The first pulse of a line is of one command more.
    expect_posted(qdpi_irq_pulse(bridge, LINE));
    fence(bridge);
    measure_calls(bridge);
    measure_interrupts(bench, bridge);
    guest_spins(bench);
    measure_doorbells(bench, bridge);
    measure_memory(bench, names);
    guest_rests(bench);
    qdpi_close(bridge);
}

// ---- The minimal client ------------------------------------------------------------------------

static void carry_out(struct bare_qmp *qmp, const char *line)
{
    assert_true(bare_qmp_send(qmp, line) && bare_qmp_await(qmp, "\"return\""));
}

static void measure_bare_calls(struct bare_qmp *qmp)
{
    for (unsigned i = 0; i < EXCHANGES; i++) {
        uint64_t since;

        sleep_us(ASLEEP_US);
        since = now_ns();
        assert_true(bare_qmp_send(qmp, RAISE));
        sample("post-asleep", "qmp", since, 1);
        assert_true(bare_qmp_await(qmp, "\"return\""));
        carry_out(qmp, LOWER);

        sleep_us(ASLEEP_US);
        since = now_ns();
        assert_true(bare_qmp_send(qmp, RAISE LOWER));
        sample("post-asleep-pulse", "qmp", since, 1);
        assert_true(bare_qmp_await(qmp, "\"return\"") && bare_qmp_await(qmp, "\"return\""));

        sleep_us(ASLEEP_US);
        since = now_ns();
        carry_out(qmp, RAISE);
        sample("fence", "qmp", since, 1);
        carry_out(qmp, LOWER);

        sleep_us(ASLEEP_US);
        since = now_ns();
        carry_out(qmp, TRIVIAL);
        sample("fence", "qmp-trivial", since, 1);
    }
}

static void measure_bare_doorbell(struct bench *bench, struct bare_qmp *qmp, uint32_t kind,
                                  const char *name)
{
    const uint64_t since = now_ns();

    (void)ask(bench, kind);
    assert_true(bare_qmp_await(qmp, "\"ACPI_DEVICE_OST\""));
    sample(name, "qmp", since, 1);
}

static void measure_bare_doorbells(struct bench *bench, struct bare_qmp *qmp)
{
    for (unsigned i = 0; i < EXCHANGES; i++)
        measure_bare_doorbell(bench, qmp, QDPI_MAILBOX_ECHO_DOORBELL_AWAKE, "doorbell-blocked");
    for (unsigned i = 0; i < EXCHANGES; i++) {
        qdpi_live_sleep_ms(GUEST_AWAKE_MS);
        measure_bare_doorbell(bench, qmp, QDPI_MAILBOX_ECHO_DOORBELL, "doorbell-rested-blocked");
    }
}

static void measure_bare_interrupts(const struct bench *bench, struct bare_qmp *qmp)
{
    for (unsigned i = 0; i < EXCHANGES; i++) {
        uint32_t before = interrupts(bench);
        uint64_t since;

        sleep_us(ASLEEP_US);
        since = now_ns();
        assert_true(bare_qmp_send(qmp, RAISE));
        await_interrupt(bench, before);
        sample("interrupt", "qmp", since, 1);
        assert_true(bare_qmp_await(qmp, "\"return\""));
        carry_out(qmp, LOWER);

        before = interrupts(bench);
        sleep_us(ASLEEP_US);
        since = now_ns();
        assert_true(bare_qmp_send(qmp, RAISE LOWER));
        await_interrupt(bench, before);
        sample("interrupt-pulse", "qmp", since, 1);
        assert_true(bare_qmp_await(qmp, "\"return\"") && bare_qmp_await(qmp, "\"return\""));
    }
}

static void measure_bare(struct bench *bench)
{
    char path[QDPI_LIVE_PATH_MAX];
    struct bare_qmp qmp;

    qdpi_live_path(bench->qemu, "bridge.sock", path);
    assert_true(bare_qmp_open(&qmp, path));
    carry_out(&qmp, LOWER);
    measure_bare_calls(&qmp);
    guest_spins(bench);
    measure_bare_doorbells(bench, &qmp);
    guest_rests(bench);
    measure_bare_interrupts(bench, &qmp);
    bare_qmp_close(&qmp);
}

// ------------------------------------------------------------------------------------------------

static void measure(void **state)
{
    static const char *const with_memory[] = {"doorbell", "doorbell-blocked", "interrupt",
                                              "interrupt-pulse", NULL};
    static const char *const with_eventfds[] = {
        "doorbell", "doorbell-blocked", "interrupt", "interrupt-pulse", "fence", NULL};
    struct qdpi_live *live = *state;
    struct bench bench = {.qemu = &live->qemu[0]};

    qdpi_live_start(bench.qemu, &(struct qdpi_live_options){.guest = true});
    map_ram(&bench);
    qdpi_live_sleep_ms(GUEST_ASLEEP_MS);
    for (unsigned round = 0; round < rounds; round++) {
        measure_bridge(&bench, with_memory);
        measure_bare(&bench);
        measure_eventfds(with_eventfds);
    }
    (void)munmap(bench.ram, bench.ram_size);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {qdpi_live_test(measure)};

    if (argc > 1)
        rounds = (unsigned)strtoul(argv[1], NULL, 10);
    if (!qdpi_live_is_installed())
        return QDPI_TEST_SKIPPED;
    (void)alarm(WATCHDOG_SECONDS);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
