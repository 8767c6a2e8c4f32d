// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The least that speaks QMP.

#include "bare_qmp.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool bare_qmp_open(struct bare_qmp *qmp, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    qmp->length = 0;
    qmp->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return qmp->fd >= 0 &&
           connect(qmp->fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
           bare_qmp_await(qmp, "\"QMP\"") &&
           bare_qmp_send(qmp, "{\"execute\":\"qmp_capabilities\"}\n") &&
           bare_qmp_await(qmp, "\"return\"");
}

void bare_qmp_close(struct bare_qmp *qmp)
{
    (void)close(qmp->fd);
}

bool bare_qmp_send(const struct bare_qmp *qmp, const char *line)
{
    const size_t length = strlen(line);

    return write(qmp->fd, line, length) == (ssize_t)length;
}

bool bare_qmp_await(struct bare_qmp *qmp, const char *word)
{
    for (;;) {
        char *end;

        qmp->bytes[qmp->length] = '\0';
        while ((end = strchr(qmp->bytes, '\n')) != NULL) {
            const char *found = strstr(qmp->bytes, word);
            const bool here = found != NULL && found < end;

            qmp->length -= (size_t)(end + 1 - qmp->bytes);
            memmove(qmp->bytes, end + 1, qmp->length + 1);
            if (here)
                return true;
        }
        ssize_t count =
            read(qmp->fd, qmp->bytes + qmp->length, sizeof qmp->bytes - 1 - qmp->length);
        if (count <= 0)
            return false;
        qmp->length += (size_t)count;
    }
}
