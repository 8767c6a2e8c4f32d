// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's life: what QEMU reports of it, and the commands that change it.

#ifndef QDPI_LIFECYCLE_H_
#define QDPI_LIFECYCLE_H_

#include <jansson.h>
#include <stdbool.h>

#include "last_error.h"
#include "qemu_dpi.h"
#include "qmp_client.h"

/** Read the QMP event `name`. @return false if it is none that a testbench is told of. */
bool qdpi_lifecycle_decode(const char *name, const json_t *data, struct qdpi_event *event);

/** Whether QMP event `name` means that memory may have been plugged or unplugged. */
bool qdpi_lifecycle_changes_memory(const char *name);

/** Run "stop", "cont", "system_reset" or "quit" and wait for the answer. */
int qdpi_lifecycle_command(struct qdpi_qmp_client *client, const char *command, unsigned timeout_ms,
                           struct qdpi_error *error);

#endif  // QDPI_LIFECYCLE_H_
