// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A second client of QEMU's monitor. Lines are looked at as text: it has to keep up with a flood.

#include "monitor_tap.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "qdpi_cmocka.h"

#define GREETING_MS 20000U

static void count_line(struct qdpi_tap *tap, const char *line)
{
    if (strstr(line, "\"event\": \"ACPI_DEVICE_OST\"") != NULL)
        tap->doorbells++;
    else if (strstr(line, "\"event\": \"STOP\"") != NULL)
        tap->stops++;
    else if (strstr(line, "\"event\": \"RESUME\"") != NULL)
        tap->resumes++;
    else if (strstr(line, "\"event\": \"RESET\"") != NULL)
        tap->resets++;
    else if (strncmp(line, "{\"return\"", 9) == 0)
        tap->answers++;
    else if (strncmp(line, "{\"error\"", 8) == 0)
        tap->refusals++;
}

static void count_lines(struct qdpi_tap *tap)
{
    char *line = tap->bytes;
    char *end;

    while ((end = memchr(line, '\n', tap->used - (size_t)(line - tap->bytes))) != NULL) {
        *end = '\0';
        count_line(tap, line);
        line = end + 1;
    }
    tap->used -= (size_t)(line - tap->bytes);
    memmove(tap->bytes, line, tap->used);
}

void qdpi_tap_read(struct qdpi_tap *tap, unsigned timeout_ms)
{
    struct pollfd input = {.fd = tap->fd, .events = POLLIN, .revents = 0};
    ssize_t count;

    if (poll(&input, 1, (int)timeout_ms) <= 0)
        return;
    assert_true(tap->used < sizeof tap->bytes);
    count = recv(tap->fd, tap->bytes + tap->used, sizeof tap->bytes - tap->used, MSG_DONTWAIT);
    if (count <= 0)
        fail_msg("QEMU's second monitor: %s", count == 0 ? "closed" : strerror(errno));
    tap->used += (size_t)count;
    count_lines(tap);
}

void qdpi_tap_send(struct qdpi_tap *tap, const char *command)
{
    char line[128];
    const int length = snprintf(line, sizeof line, "{\"execute\": \"%s\"}\n", command);

    assert_int_equal(send(tap->fd, line, (size_t)length, MSG_NOSIGNAL), length);
}

void qdpi_tap_open(struct qdpi_tap *tap, const struct qdpi_live_qemu *qemu)
{
    const uint64_t deadline = qdpi_live_in_ms(GREETING_MS);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memset(tap, 0, sizeof *tap);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/tools.sock", qemu->scratch.path);
    tap->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(tap->fd >= 0);
    assert_int_equal(connect(tap->fd, (const struct sockaddr *)&address, sizeof address), 0);
    qdpi_tap_send(tap, "qmp_capabilities");
    while (tap->answers == 0) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("QEMU's second monitor does not answer");
        qdpi_tap_read(tap, 10);
    }
    tap->answers = 0;
}

void qdpi_tap_close(struct qdpi_tap *tap)
{
    if (tap->fd >= 0)
        (void)close(tap->fd);
    tap->fd = -1;
}
