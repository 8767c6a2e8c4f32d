// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The launcher's own QMP monitor: asks whether the guest can be attached to, and tells QEMU to
// quit.
//
// It is connected only while it asks. A monitor that stays connected gets a copy of every event,
// and each doorbell of the guest is one.

#ifndef QDPI_LAUNCHER_MONITOR_H_
#define QDPI_LAUNCHER_MONITOR_H_

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

enum qdpi_monitor_state {
    QDPI_MONITOR_CLOSED,
    QDPI_MONITOR_GREETING,      // connected, QEMU has not greeted yet
    QDPI_MONITOR_CAPABILITIES,  // greeted, negotiation sent
    QDPI_MONITOR_COMMAND,       // the command is sent
    QDPI_MONITOR_DONE,          // its answer has come
};

struct qdpi_monitor {
    int socket;  // -1: closed
    enum qdpi_monitor_state state;
    const char *command;  // what to execute after negotiation; not owned
    size_t length;
    char buffer[16384];
};

void qdpi_monitor_init(struct qdpi_monitor *monitor);

// Connects and arranges that `command` is executed. Returns 0, or -errno: -ENOENT and -ECONNREFUSED
// mean that QEMU does not listen (yet).
int qdpi_monitor_connect(struct qdpi_monitor *monitor, const char *path, const char *command);

// To be called when the socket is readable. Advances the state; `failure` is filled when QEMU
// answers with an error or with nonsense. A connection that QEMU closes becomes QDPI_MONITOR_CLOSED
// without a failure: what happened to QEMU is then told by its process.
void qdpi_monitor_receive(struct qdpi_monitor *monitor, struct qdpi_failure *failure);

void qdpi_monitor_close(struct qdpi_monitor *monitor);

#endif
