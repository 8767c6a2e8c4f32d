// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The launcher's own QMP monitor: greeting, negotiation, one command.

#include "monitor.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void qdpi_monitor_init(struct qdpi_monitor *monitor)
{
    monitor->socket = -1;
    monitor->state = QDPI_MONITOR_CLOSED;
    monitor->command = NULL;
    monitor->length = 0;
}

int qdpi_monitor_connect(struct qdpi_monitor *monitor, const char *path, const char *command)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection < 0) {
        return -errno;
    }
    if (connect(connection, (const struct sockaddr *)&address, sizeof address) != 0) {
        const int error = -errno;
        close(connection);
        return error;
    }
    qdpi_monitor_close(monitor);
    monitor->socket = connection;
    monitor->state = QDPI_MONITOR_GREETING;
    monitor->command = command;
    return 0;
}

void qdpi_monitor_close(struct qdpi_monitor *monitor)
{
    if (monitor->socket >= 0) {
        close(monitor->socket);
    }
    qdpi_monitor_init(monitor);
}

static void execute(struct qdpi_monitor *monitor, const char *command, enum qdpi_monitor_state next,
                    struct qdpi_failure *failure)
{
    char request[128];
    const int length = snprintf(request, sizeof request, "{\"execute\": \"%s\"}\n", command);
    // A fresh connection has room for so few bytes; if not, QEMU does not read and will not answer
    // either.
    if (send(monitor->socket, request, (size_t)length, MSG_NOSIGNAL) == length) {
        monitor->state = next;
    } else if (errno == EPIPE || errno == ECONNRESET) {
        qdpi_monitor_close(monitor);
    } else {
        qdpi_failure_set(failure, QDPI_EXIT_NOT_STARTED, "cannot send \"%s\" to QEMU's monitor: %s",
                         command, strerror(errno));
        qdpi_monitor_close(monitor);
    }
}

static void take_message(struct qdpi_monitor *monitor, const json_t *message,
                         struct qdpi_failure *failure)
{
    const json_t *error = json_object_get(message, "error");
    if (error != NULL) {
        const char *text = json_string_value(json_object_get(error, "desc"));
        qdpi_failure_set(failure, QDPI_EXIT_NOT_STARTED, "QEMU's monitor refuses \"%s\": %s",
                         monitor->state == QDPI_MONITOR_COMMAND ? monitor->command
                                                                : "qmp_capabilities",
                         text != NULL ? text : "it gives no reason");
        qdpi_monitor_close(monitor);
        return;
    }
    if (monitor->state == QDPI_MONITOR_GREETING && json_object_get(message, "QMP") != NULL) {
        execute(monitor, "qmp_capabilities", QDPI_MONITOR_CAPABILITIES, failure);
        return;
    }
    if (json_object_get(message, "return") == NULL) {
        return;  // an event
    }
    if (monitor->state == QDPI_MONITOR_CAPABILITIES) {
        execute(monitor, monitor->command, QDPI_MONITOR_COMMAND, failure);
    } else if (monitor->state == QDPI_MONITOR_COMMAND) {
        monitor->state = QDPI_MONITOR_DONE;
    }
}

static void take_line(struct qdpi_monitor *monitor, const char *line, size_t length,
                      struct qdpi_failure *failure)
{
    json_error_t error;
    json_t *message = json_loadb(line, length, 0, &error);
    if (message == NULL) {
        qdpi_failure_set(
            failure, QDPI_EXIT_NOT_STARTED,
            "what answers at QEMU's monitor does not speak QMP (%s): is --qemu really QEMU?",
            error.text);
        qdpi_monitor_close(monitor);
        return;
    }
    take_message(monitor, message, failure);
    json_decref(message);
}

void qdpi_monitor_receive(struct qdpi_monitor *monitor, struct qdpi_failure *failure)
{
    const ssize_t received = recv(monitor->socket, monitor->buffer + monitor->length,
                                  sizeof monitor->buffer - monitor->length, 0);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (received <= 0) {
        qdpi_monitor_close(monitor);
        return;
    }
    monitor->length += (size_t)received;

    size_t start = 0;
    const char *end;
    while (monitor->state != QDPI_MONITOR_CLOSED &&
           (end = memchr(monitor->buffer + start, '\n', monitor->length - start)) != NULL) {
        const size_t length = (size_t)(end - monitor->buffer) - start;
        take_line(monitor, monitor->buffer + start, length, failure);
        start += length + 1;
    }
    if (monitor->state == QDPI_MONITOR_CLOSED) {
        return;
    }
    monitor->length -= start;
    memmove(monitor->buffer, monitor->buffer + start, monitor->length);
    if (monitor->length == sizeof monitor->buffer) {
        qdpi_failure_set(
            failure, QDPI_EXIT_NOT_STARTED,
            "what answers at QEMU's monitor sends a line of more than %zu bytes: is --qemu "
            "really QEMU?",
            sizeof monitor->buffer);
        qdpi_monitor_close(monitor);
    }
}
