// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Forwards QMP, but for some doorbells.

#include "torn_set_up.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qdpi_cmocka.h"
#include "send_all.h"

enum {
#include "qdpi_dma_layout.inc"
};

#define BUFFER_BYTES 65536U
#define CONNECTIONS 1

struct forwarder {
    int simulator;
    int qemu;
    unsigned lost;  // doorbells still to lose
    bool was_reset;
    char bytes[BUFFER_BYTES];  // from QEMU: the beginning of a line
    size_t count;
};

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

// ---- In the process ----------------------------------------------------------------------------

/** What stands behind `key` in the line, as a number; -1: it has none. */
static long member(const char *line, const char *key)
{
    const char *found = strstr(line, key);

    if (found == NULL)
        return -1;
    found += strlen(key);
    found += strspn(found, "\": ");
    return strtol(found, NULL, 10);
}

/** Whether the line is a doorbell that does not get through. */
static bool is_lost(struct forwarder *forwarder, const char *line)
{
    long index;

    if (forwarder->lost == 0 || strstr(line, "ACPI_DEVICE_OST") == NULL)
        return false;
    index = member(line, "\"slot\"");
    if (!forwarder->was_reset) {
        forwarder->was_reset = index == QDPI_DMA_REG_CONTROL &&
                               member(line, "\"source\"") == QDPI_DMA_CONTROL_SOFT_RESET;
        // An engine that has just been made is as it is after a reset.
        return forwarder->was_reset;
    }
    // That is still the reset's.
    if (index == QDPI_DMA_REG_IDENT_ADDR)
        return false;
    forwarder->lost--;
    return true;
}

static void forward_lines(struct forwarder *forwarder)
{
    char *line = forwarder->bytes;
    char *end;

    forwarder->bytes[forwarder->count] = '\0';
    while ((end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        if (!is_lost(forwarder, line)) {
            *end = '\n';
            if (!send_all(forwarder->simulator, line, (size_t)(end + 1 - line)))
                _exit(0);
        }
        line = end + 1;
    }
    forwarder->count -= (size_t)(line - forwarder->bytes);
    memmove(forwarder->bytes, line, forwarder->count);
}

static void forward_requests(const struct forwarder *forwarder)
{
    char bytes[4096];
    const ssize_t count = recv(forwarder->simulator, bytes, sizeof bytes, 0);

    if (count <= 0)
        _exit(0);
    if (!send_all(forwarder->qemu, bytes, (size_t)count))
        _exit(0);
}

static void forward_answers(struct forwarder *forwarder)
{
    const size_t room = sizeof forwarder->bytes - 1 - forwarder->count;
    const ssize_t count = recv(forwarder->qemu, forwarder->bytes + forwarder->count, room, 0);

    if (count <= 0)
        _exit(0);
    forwarder->count += (size_t)count;
    forward_lines(forwarder);
}

_Noreturn static void forward(int listener, const char *qemu, unsigned lost)
{
    static struct forwarder forwarder;
    const struct sockaddr_un address = address_of(qemu);
    struct pollfd sides[2];

    forwarder.lost = lost;
    forwarder.simulator = accept(listener, NULL, NULL);
    forwarder.qemu = socket(AF_UNIX, SOCK_STREAM, 0);
    if (forwarder.simulator < 0 || forwarder.qemu < 0 ||
        connect(forwarder.qemu, (const struct sockaddr *)&address, sizeof address) != 0)
        _exit(1);
    sides[0] = (struct pollfd){.fd = forwarder.simulator, .events = POLLIN};
    sides[1] = (struct pollfd){.fd = forwarder.qemu, .events = POLLIN};
    while (poll(sides, 2, -1) > 0) {
        if (sides[0].revents != 0)
            forward_requests(&forwarder);
        if (sides[1].revents != 0)
            forward_answers(&forwarder);
    }
    _exit(1);
}

// ---- In the test -------------------------------------------------------------------------------

pid_t qdpi_torn_set_up_start(const char *listens, const char *qemu, unsigned lost)
{
    const struct sockaddr_un address = address_of(listens);
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    const pid_t parent = getpid();
    pid_t pid;

    assert_true(listener >= 0);
    (void)unlink(listens);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, CONNECTIONS), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        forward(listener, qemu, lost);
    }
    (void)close(listener);
    return pid;
}

void qdpi_torn_set_up_end(pid_t pid)
{
    int status;

    if (pid <= 0)
        return;
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
}
