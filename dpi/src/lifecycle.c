// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's life: what QEMU reports of it, and the commands that change it.

#include "lifecycle.h"

#include <string.h>

#include "deadline.h"

bool qdpi_lifecycle_decode(const char *name, const json_t *data, struct qdpi_event *event)
{
    static const struct {
        const char *name;
        enum qdpi_event_kind kind;
    } known[] = {
        {"RESET", QDPI_EVENT_RESET},
        {"SHUTDOWN", QDPI_EVENT_SHUTDOWN},
        {"STOP", QDPI_EVENT_STOP},
        {"RESUME", QDPI_EVENT_RESUME},
        {"GUEST_PANICKED", QDPI_EVENT_PANIC},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, known[i].name) == 0) {
            event->kind = known[i].kind;
            event->index = 0;
            event->value = json_is_true(json_object_get(data, "guest")) ? 1 : 0;
            return true;
        }
    }
    return false;
}

bool qdpi_lifecycle_changes_memory(const char *name)
{
    return strcmp(name, "DEVICE_DELETED") == 0 || strcmp(name, "MEMORY_DEVICE_SIZE_CHANGE") == 0 ||
           strcmp(name, "ACPI_DEVICE_OST") == 0;
}

int qdpi_lifecycle_command(struct qdpi_qmp_client *client, const char *command, unsigned timeout_ms,
                           struct qdpi_error *error)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);

    return qdpi_qmp_execute(client, command, NULL, &deadline, NULL, error);
}
