// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Connecting to a QMP socket and waiting for its greeting: each failure in its words and in time.

#include "qmp_socket.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "fake_qmp.h"
#include "qdpi_cmocka.h"
#include "scratch.h"

#define PATIENCE_MS 30000U

struct place {
    struct qdpi_scratch scratch;
    char path[96];
    struct qdpi_error error;
};

static int start(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    if (place == NULL)
        return -1;
    if (qdpi_scratch_make("/tmp", &place->scratch) != 0)
        return -1;
    (void)snprintf(place->path, sizeof place->path, "%s/qmp", place->scratch.path);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    qdpi_scratch_remove(&place->scratch);
    free(place);
    return 0;
}

static int try_connect(struct place *place, unsigned timeout_ms)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);

    place->error.text[0] = '\0';
    return qdpi_qmp_socket_connect(place->path, &deadline, &place->error);
}

static bool says(const struct place *place, const char *words)
{
    return strstr(place->error.text, words) != NULL;
}

/** A bound socket, listening with `backlog` or (negative) not. */
static int make_socket(const char *path, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    if (backlog >= 0)
        assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

/// No socket: with time 0 one try, with more time not before it has passed; the sentence shows how
/// to start QEMU.
static void test_no_socket(void **state)
{
    struct place *place = *state;
    const struct timespec deadline = qdpi_deadline_in(30);

    assert_int_equal(try_connect(place, 0), -ENOENT);
    assert_true(says(place, place->path) && says(place, "there is no such socket") &&
                says(place, "start QEMU with -qmp unix:"));
    place->error.text[0] = '\0';
    assert_int_equal(qdpi_qmp_socket_connect(place->path, &deadline, &place->error), -ENOENT);
    assert_int_equal(qdpi_deadline_left_ms(&deadline), 0);
}

/// A socket whose QEMU has died, and a file that is none: nobody listens there.
static void test_stale_socket(void **state)
{
    struct place *place = *state;
    FILE *file;

    close(make_socket(place->path, 1));
    assert_int_equal(try_connect(place, 0), -ENOENT);
    assert_true(says(place, "nobody listens there") && says(place, "start QEMU again"));
    (void)unlink(place->path);
    file = fopen(place->path, "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(try_connect(place, 0), -ENOENT);
    assert_true(says(place, "nobody listens there"));
}

/// Monitors serve one client: when even the queue for it is full, others hold and await it.
static void test_full_backlog(void **state)
{
    struct place *place = *state;
    int listener = make_socket(place->path, 0);
    int clients[64];
    size_t count = 0;
    int result;

    while ((result = try_connect(place, 0)) >= 0 && count < 64)
        clients[count++] = result;
    assert_int_equal(result, -EBUSY);
    assert_true(says(place, "one -qmp socket for each bridge"));
    while (count > 0)
        close(clients[--count]);
    close(listener);
}

/// Another user's socket: as root, seen with the eyes of an unprivileged user.
static void test_no_permission(void **state)
{
    struct place *place = *state;
    int listener = make_socket(place->path, 1);
    int status;
    pid_t child;

    assert_int_equal(chmod(place->path, 0), 0);
    child = fork();
    if (child == 0) {
        int result;

        if (geteuid() == 0 && (chmod(place->scratch.path, 0711) != 0 || setuid(65534) != 0))
            _exit(10);
        result = try_connect(place, 0);
        _exit(result == -EACCES && says(place, "as the user who runs QEMU") ? 0 : 11);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(listener);
}

/// A path that no UNIX socket can have is told from one that is not there.
static void test_long_path(void **state)
{
    struct place *place = *state;
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);
    char path[200];

    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(qdpi_qmp_socket_connect(path, &deadline, &place->error), -EINVAL);
    assert_true(says(place, "use a shorter directory"));
}

static void *listen_later(void *argument)
{
    const struct place *place = argument;
    int fd = make_socket(place->path, -1);

    // In between, the client may meet a socket at which nobody listens.
    (void)listen(fd, 1);
    return (void *)(intptr_t)fd;
}

/// A QEMU that is started after the simulator is awaited.
static void test_socket_appears(void **state)
{
    struct place *place = *state;
    pthread_t thread;
    void *listener;
    int fd;

    assert_int_equal(try_connect(place, 0), -ENOENT);
    assert_int_equal(pthread_create(&thread, NULL, listen_later, place), 0);
    fd = try_connect(place, PATIENCE_MS);
    assert_true(fd >= 0);
    assert_int_equal(pthread_join(thread, &listener), 0);
    close(fd);
    close((int)(intptr_t)listener);
}

// ---- The greeting ------------------------------------------------------------------------------

static int await(struct place *place, const char *first, bool hang_up, unsigned timeout_ms,
                 struct qdpi_qmp_reader *reader)
{
    const struct timespec answer_by = qdpi_deadline_in(timeout_ms);
    int fds[2];
    int result;

    place->error.text[0] = '\0';
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    if (first != NULL)
        assert_int_equal(send(fds[1], first, strlen(first), 0), strlen(first));
    if (hang_up)
        (void)shutdown(fds[1], SHUT_RDWR);
    result =
        qdpi_qmp_socket_await_greeting(fds[0], "the socket", &answer_by, reader, &place->error);
    close(fds[0]);
    close(fds[1]);
    return result;
}

/// What greets in other ways than QMP, or not, and what the sentence makes of it. None of these
/// takes until the deadline but silence and the half greeting.
static void test_bad_greetings(void **state)
{
    static const struct {
        const char *text;
        bool hang_up;
        unsigned timeout_ms;
        int result;
        const char *words;
    } cases[] = {
        {NULL, false, 20, -EBUSY, "another client holds this monitor"},
        {"{\"QMP\": {", false, 20, -EBUSY, "no QMP greeting came"},
        {NULL, false, 0, -EBUSY, "give QEMU one more -qmp socket"},
        {NULL, true, PATIENCE_MS, -ENOTCONN, "the peer closed the connection"},
        {"{\"QMP\": {", true, PATIENCE_MS, -ENOTCONN, "the peer closed the connection"},
        {"SSH-2.0-OpenSSH_9.2\r\n", false, PATIENCE_MS, -EPROTO, "is it a -qmp socket?"},
        {"(qemu) ", false, PATIENCE_MS, -EPROTO, "is it a -qmp socket?"},
        {"QEMU 7.2.22 monitor - type 'help'", false, PATIENCE_MS, -EPROTO, "QEMU 7.2.22"},
        {"{\"return\": {}}", false, PATIENCE_MS, -EPROTO, "not the greeting of QMP"},
        {"{\"event\": \"QMP\"}", false, 20, -EBUSY, "no QMP greeting came"},
        {"one line\nanother line\n{\"QMP\": {}}\n", false, PATIENCE_MS, -EPROTO, "one line"},
        {"{\"QMP\" {}}", false, PATIENCE_MS, -EPROTO, "is it a -qmp socket?"},
        {"[]", false, PATIENCE_MS, -EPROTO, "is it a -qmp socket?"},
        {"\xff\xfe\x01", false, PATIENCE_MS, -EPROTO, "\\xff"},
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct qdpi_qmp_reader reader;
        int result;

        qdpi_qmp_reader_init(&reader);
        result = await(place, cases[i].text, cases[i].hang_up, cases[i].timeout_ms, &reader);
        if (result != cases[i].result || !says(place, cases[i].words) || !says(place, "the socket"))
            fail_msg("case %zu: %d, %s", i, result, place->error.text);
        qdpi_qmp_reader_free(&reader);
    }
}

/// What a monitor still had for its last client comes before the greeting and is passed over: whole
/// events, and the rest of a message that was cut anywhere, also where it looks like one.
static void test_leftovers(void **state)
{
    static const char *const cases[] = {
        "{\"event\": \"RESET\"}\r\n{\"QMP\": {}}\r\n",
        "{\"event\": \"RESET\"}{\"event\": \"STOP\"}{\"QMP\": {}}",
        "lot\": \"3\"}}}\r\n{\"event\": \"RESET\"}\r\n{\"QMP\": {}}\r\n",
        "{\"slot\": \"3\"}}}\r\n{\"QMP\": {}}\r\n",
        "}\r\n{\"QMP\": {}}\r\n",
        "\r\n{\"QMP\": {}}\r\n",
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct qdpi_qmp_reader reader;

        qdpi_qmp_reader_init(&reader);
        if (await(place, cases[i], false, PATIENCE_MS, &reader) != 0)
            fail_msg("case %zu: %s", i, place->error.text);
        qdpi_qmp_reader_free(&reader);
    }
}

/// A greeting is taken even if the peer has hung up behind it, and what comes behind it stays.
static void test_greeting(void **state)
{
    struct place *place = *state;
    struct qdpi_qmp_reader reader;
    json_t *message;

    qdpi_qmp_reader_init(&reader);
    assert_int_equal(
        await(place, FAKE_QMP_GREETING "{\"event\": \"STOP\"}{\"ev", true, PATIENCE_MS, &reader),
        0);
    assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 1);
    assert_string_equal(json_string_value(json_object_get(message, "event")), "STOP");
    json_decref(message);
    assert_int_equal(qdpi_qmp_reader_next(&reader, &message, NULL), 0);
    qdpi_qmp_reader_free(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_socket, start, tear_down),
        cmocka_unit_test_setup_teardown(test_stale_socket, start, tear_down),
        cmocka_unit_test_setup_teardown(test_full_backlog, start, tear_down),
        cmocka_unit_test_setup_teardown(test_no_permission, start, tear_down),
        cmocka_unit_test_setup_teardown(test_long_path, start, tear_down),
        cmocka_unit_test_setup_teardown(test_socket_appears, start, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_greetings, start, tear_down),
        cmocka_unit_test_setup_teardown(test_leftovers, start, tear_down),
        cmocka_unit_test_setup_teardown(test_greeting, start, tear_down),
    };
    return qdpi_run_group(tests);
}
