// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Attaching to a real QEMU: the right set-up in either order of start, and every broken socket and
// missing device, which must be told apart by result and sentence, with the remedy, within the
// deadline.

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "live_qemu.h"
#include "qdpi_cmocka.h"

// ---- The right set-up --------------------------------------------------------------------------

/// QEMU first: attached at once, with all features, and the memory is the guest's.
static void test_open_qemu_first(void **state)
{
    struct qdpi_live *live = *state;
    uint32_t word = 0;
    char path[QDPI_LIVE_PATH_MAX];
    int fd;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    assert_int_equal(qdpi_require(live->bridge[0], QDPI_FEATURE_INTERRUPT | QDPI_FEATURE_DOORBELL |
                                                       QDPI_FEATURE_CONTROL),
                     0);
    assert_int_equal(qdpi_mem_write32(live->bridge[0], 0x1234568, 0x600dcafe), 0);
    qdpi_live_path(&live->qemu[0], "ram", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &word, sizeof word, 0x1234568), sizeof word);
    (void)close(fd);
    assert_int_equal(word, 0x600dcafe);
    assert_string_equal(qdpi_last_error(live->bridge[0]), "");
}

struct opener {
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_bridge *bridge;
    int result;
};

static void *open_in_thread(void *argument)
{
    struct opener *opener = argument;

    opener->result = qdpi_open(opener->endpoint, QDPI_LIVE_PATIENT_MS, &opener->bridge);
    return NULL;
}

/// Simulator first: qdpi_open() waits for a QEMU that is started a second later.
static void test_open_simulator_first(void **state)
{
    struct qdpi_live *live = *state;
    struct opener opener = {.bridge = NULL, .result = 1};
    pthread_t thread;
    uint32_t word;

    qdpi_live_prepare(&live->qemu[0]);
    qdpi_live_endpoint(&live->qemu[0], "qmp:", "bridge.sock", opener.endpoint);
    assert_int_equal(pthread_create(&thread, NULL, open_in_thread, &opener), 0);
    qdpi_live_sleep_ms(1000);
    qdpi_live_launch(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    assert_int_equal(pthread_join(thread, NULL), 0);
    live->bridge[0] = opener.bridge;
    assert_string_equal(qdpi_last_error(opener.bridge), "");
    assert_int_equal(opener.result, 0);
    assert_int_equal(qdpi_mem_read32(opener.bridge, 0x100000, &word), 0);
}

/// A bridge that could not be opened attaches with qdpi_reattach() when QEMU has come.
static void test_reattach_after_failed_open(void **state)
{
    struct qdpi_live *live = *state;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    uint32_t word;

    qdpi_live_prepare(&live->qemu[0]);
    qdpi_live_endpoint(&live->qemu[0], "qmp:", "bridge.sock", endpoint);
    assert_int_equal(qdpi_open(endpoint, 0, &live->bridge[0]), QDPI_ERR_NOT_FOUND);
    assert_int_equal(qdpi_mem_read32(live->bridge[0], 0x100000, &word), QDPI_ERR_LOST);
    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    assert_int_equal(qdpi_reattach(live->bridge[0], QDPI_LIVE_PATIENT_MS), 0);
    assert_int_equal(qdpi_mem_read32(live->bridge[0], 0x100000, &word), 0);
}

// ---- The socket --------------------------------------------------------------------------------

/// No QEMU: waited for until the deadline, or not at all.
static void test_no_qemu(void **state)
{
    struct qdpi_live *live = *state;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;

    qdpi_live_prepare(&live->qemu[0]);
    qdpi_live_refused_in_the_end(&live->qemu[0], "bridge.sock", QDPI_ERR_NOT_FOUND,
                                 "start QEMU with -qmp");
    qdpi_live_endpoint(&live->qemu[0], "qmp:", "bridge.sock", endpoint);
    done = qdpi_live_attempt(endpoint, 0);
    qdpi_live_expect_result(&done, QDPI_ERR_NOT_FOUND, "start QEMU with -qmp");
    assert_true(done.took_ms < QDPI_LIVE_SLACK_MS);
}

/// A QEMU that was killed leaves its socket file behind.
static void test_socket_of_dead_qemu(void **state)
{
    struct qdpi_live *live = *state;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    qdpi_live_kill(&live->qemu[0]);
    qdpi_live_refused_in_the_end(&live->qemu[0], "bridge.sock", QDPI_ERR_NOT_FOUND,
                                 "start QEMU again");
}

/// A plain file where the socket should be.
static void test_socket_is_a_file(void **state)
{
    struct qdpi_live *live = *state;
    char path[QDPI_LIVE_PATH_MAX];
    int fd;

    qdpi_live_prepare(&live->qemu[0]);
    qdpi_live_path(&live->qemu[0], "plain", path);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    qdpi_live_refused_in_the_end(&live->qemu[0], "plain", QDPI_ERR_NOT_FOUND, "not a socket");
}

/** A program that listens at a socket and is not QEMU: says `words` and, if `stays`, keeps the
 *  connection until the peer closes it. */
struct stranger {
    pthread_t thread;
    int listener;
    const char *words;
    bool stays;
};

static void *be_strange(void *argument)
{
    const struct stranger *stranger = argument;
    int fd = accept(stranger->listener, NULL, NULL);
    char bytes[256];

    if (fd < 0)
        return NULL;
    if (send(fd, stranger->words, strlen(stranger->words), MSG_NOSIGNAL) >= 0 && stranger->stays) {
        while (recv(fd, bytes, sizeof bytes, 0) > 0)
            continue;
    }
    (void)close(fd);
    return NULL;
}

static void start_stranger(struct stranger *stranger, const struct qdpi_live_qemu *qemu)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/strange.sock",
                   qemu->scratch.path);
    (void)unlink(address.sun_path);
    stranger->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(stranger->listener >= 0);
    assert_int_equal(bind(stranger->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(stranger->listener, 1), 0);
    assert_int_equal(pthread_create(&stranger->thread, NULL, be_strange, stranger), 0);
}

static struct qdpi_live_attempt attempt_on_stranger(const struct qdpi_live_qemu *qemu,
                                                    const char *words, bool stays,
                                                    unsigned timeout_ms)
{
    struct stranger stranger = {.words = words, .stays = stays};
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    struct qdpi_live_attempt done;

    start_stranger(&stranger, qemu);
    qdpi_live_endpoint(qemu, "qmp:", "strange.sock", endpoint);
    done = qdpi_live_attempt(endpoint, timeout_ms);
    (void)shutdown(stranger.listener, SHUT_RDWR);
    assert_int_equal(pthread_join(stranger.thread, NULL), 0);
    (void)close(stranger.listener);
    return done;
}

/// The socket of another program that talks, whatever it says.
static void test_socket_of_another_program(void **state)
{
    static const char *const words[] = {
        "220 mail.example.org ESMTP ready\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "\x16\x03\x01\x02\n",
        "[1, 2, 3]\r\n",
        "{\"jsonrpc\": \"2.0\"}\r\n",
    };
    struct qdpi_live *live = *state;

    qdpi_live_prepare(&live->qemu[0]);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct qdpi_live_attempt done =
            attempt_on_stranger(&live->qemu[0], words[i], true, QDPI_LIVE_PATIENT_MS);
        qdpi_live_expect_result(&done, QDPI_ERR_PROTOCOL, "is it a -qmp socket?");
        assert_true(done.took_ms < (long)QDPI_LIVE_PATIENT_MS / 2);
    }
}

/// One that hangs up, one that never says a word, and one that greets like QEMU and then hangs.
static void test_socket_of_a_quiet_program(void **state)
{
    static const char greeting[] =
        "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, "
        "\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n";
    struct qdpi_live *live = *state;
    struct qdpi_live_attempt done;

    qdpi_live_prepare(&live->qemu[0]);
    done = attempt_on_stranger(&live->qemu[0], "", false, QDPI_LIVE_PATIENT_MS);
    qdpi_live_expect_words(done.sentence, "not a QMP server or QEMU is ending");
    assert_true(done.result < 0 && done.took_ms < (long)QDPI_LIVE_PATIENT_MS / 2);
    done = attempt_on_stranger(&live->qemu[0], "", true, QDPI_LIVE_SHORT_MS);
    qdpi_live_expect_result(&done, QDPI_ERR_BUSY, "one more -qmp socket");
    assert_true(done.took_ms >= (long)QDPI_LIVE_SHORT_MS &&
                done.took_ms < (long)QDPI_LIVE_SHORT_MS + QDPI_LIVE_SLACK_MS);
    done = attempt_on_stranger(&live->qemu[0], greeting, true, QDPI_LIVE_SHORT_MS);
    qdpi_live_expect_result(&done, QDPI_ERR_TIMEOUT, "hangs or is stopped");
    assert_true(done.took_ms >= (long)QDPI_LIVE_SHORT_MS &&
                done.took_ms < (long)QDPI_LIVE_SHORT_MS + QDPI_LIVE_SLACK_MS);
}

/// QEMU's human monitor and a serial port instead of QMP.
static void test_other_sockets_of_qemu(void **state)
{
    static const char *const extra[] = {
        "-monitor", "unix:{dir}/human.sock,server=on,wait=off",
        "-serial",  "unix:{dir}/serial.sock,server=on,wait=off",
        NULL,
    };
    struct qdpi_live *live = *state;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true, .extra = extra});
    qdpi_live_refused_at_once(&live->qemu[0], "human.sock", QDPI_ERR_PROTOCOL,
                              "is it a -qmp socket?");
    qdpi_live_refused_in_the_end(&live->qemu[0], "serial.sock", QDPI_ERR_BUSY, "-qmp socket");
}

/// A second client on one monitor is told so, and may come when the first has left.
static void test_second_client(void **state)
{
    struct qdpi_live *live = *state;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    qdpi_live_refused_in_the_end(&live->qemu[0], "bridge.sock", QDPI_ERR_BUSY,
                                 "one more -qmp socket");
    // The refused client has not disturbed the first.
    assert_int_equal(qdpi_map_refresh(live->bridge[0]), 0);
    qdpi_close(live->bridge[0]);
    live->bridge[0] = NULL;
    qdpi_live_endpoint(&live->qemu[0], "qmp:", "bridge.sock", endpoint);
    assert_int_equal(qdpi_open(endpoint, QDPI_LIVE_PATIENT_MS, &live->bridge[0]), 0);
}

/// Two monitors serve two bridges to one guest.
static void test_two_bridges(void **state)
{
    static const char *const extra[] = {"-qmp", "unix:{dir}/second.sock,server=on,wait=off", NULL};
    struct qdpi_live *live = *state;
    char endpoint[QDPI_LIVE_PATH_MAX + 8];
    uint64_t word = 0;

    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.paused = true, .extra = extra});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    qdpi_live_endpoint(&live->qemu[0], "qmp:", "second.sock", endpoint);
    assert_int_equal(qdpi_open(endpoint, QDPI_LIVE_PATIENT_MS, &live->bridge[1]), 0);
    assert_int_equal(qdpi_mem_write64(live->bridge[0], 0x400000, UINT64_C(0x1122334455667788)), 0);
    assert_int_equal(qdpi_mem_read64(live->bridge[1], 0x400000, &word), 0);
    assert_int_equal(word, UINT64_C(0x1122334455667788));
}

// ---- What the guest has for a testbench --------------------------------------------------------

/// Without pc-testdev memory works, interrupts say what to add.
static void test_no_interrupt_lines(void **state)
{
    struct qdpi_live *live = *state;
    uint32_t word;

    qdpi_live_start(&live->qemu[0],
                    &(struct qdpi_live_options){.paused = true, .without_lines = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    assert_int_equal(qdpi_mem_read32(live->bridge[0], 0x100000, &word), 0);
    assert_int_equal(qdpi_require(live->bridge[0], QDPI_FEATURE_DOORBELL | QDPI_FEATURE_CONTROL),
                     0);
    assert_int_equal(qdpi_require(live->bridge[0], QDPI_FEATURE_INTERRUPT), QDPI_ERR_UNSUPPORTED);
    qdpi_live_expect_words(qdpi_last_error(live->bridge[0]), "-device pc-testdev");
    assert_int_equal(qdpi_irq_pulse(live->bridge[0], 5), QDPI_ERR_UNSUPPORTED);
    qdpi_live_expect_words(qdpi_last_error(live->bridge[0]), "-device pc-testdev");
    assert_int_equal(qdpi_nmi(live->bridge[0]), 0);
    assert_int_equal(qdpi_counter(live->bridge[0], QDPI_COUNTER_INTERRUPTS_POSTED), 1);
}

/// Without memory slots there are no doorbells, and the rest works.
static void test_no_memory_slots(void **state)
{
    struct qdpi_live *live = *state;

    qdpi_live_start(&live->qemu[0],
                    &(struct qdpi_live_options){.paused = true, .without_slots = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    assert_int_equal(qdpi_require(live->bridge[0], QDPI_FEATURE_INTERRUPT | QDPI_FEATURE_CONTROL),
                     0);
    assert_int_equal(qdpi_require(live->bridge[0], QDPI_FEATURE_DOORBELL), QDPI_ERR_UNSUPPORTED);
    qdpi_live_expect_words(qdpi_last_error(live->bridge[0]), "slots=");
}

/** Whether the library lets itself be used for atomics with these CPUs. */
static void check_atomics(struct qdpi_live *live, const char *accel, const char *smp, int result)
{
    uint32_t previous = 0xa5a5a5a5;
    uint32_t word = 0;

    qdpi_live_start(&live->qemu[0],
                    &(struct qdpi_live_options){.paused = true, .accel = accel, .smp = smp});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    assert_int_equal(qdpi_mem_write32(live->bridge[0], 0x100000, 7), 0);
    assert_int_equal(qdpi_require(live->bridge[0], QDPI_FEATURE_ATOMICS), result);
    qdpi_live_expect_words(qdpi_last_error(live->bridge[0]), result != 0 ? "-smp" : "");
    assert_int_equal(qdpi_mem_fetch_add32(live->bridge[0], 0x100000, 1, &previous), result);
    assert_int_equal(previous, result != 0 ? 0xa5a5a5a5 : 7);
    assert_int_equal(qdpi_mem_read32(live->bridge[0], 0x100000, &word), 0);
    assert_int_equal(word, result != 0 ? 7 : 8);
}

/// One CPU for ever: QEMU makes no real `lock` instructions, so atomics are refused.
static void test_no_atomics_with_one_cpu(void **state)
{
    check_atomics(*state, "tcg", "1", QDPI_ERR_UNSUPPORTED);
}

/// Nor does it when one thread runs all CPUs in turn.
static void test_no_atomics_with_one_thread(void **state)
{
    check_atomics(*state, "tcg,thread=single", "2", QDPI_ERR_UNSUPPORTED);
}

static void test_atomics_with_two_cpus(void **state)
{
    check_atomics(*state, "tcg", "2", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        qdpi_live_test(test_open_qemu_first),
        qdpi_live_test(test_open_simulator_first),
        qdpi_live_test(test_reattach_after_failed_open),
        qdpi_live_test(test_no_qemu),
        qdpi_live_test(test_socket_of_dead_qemu),
        qdpi_live_test(test_socket_is_a_file),
        qdpi_live_test(test_socket_of_another_program),
        qdpi_live_test(test_socket_of_a_quiet_program),
        qdpi_live_test(test_other_sockets_of_qemu),
        qdpi_live_test(test_second_client),
        qdpi_live_test(test_two_bridges),
        qdpi_live_test(test_no_interrupt_lines),
        qdpi_live_test(test_no_memory_slots),
        qdpi_live_test(test_no_atomics_with_one_cpu),
        qdpi_live_test(test_no_atomics_with_one_thread),
        qdpi_live_test(test_atomics_with_two_cpus),
    };

    return qdpi_live_is_installed() ? qdpi_run_group(tests) : QDPI_TEST_SKIPPED;
}
