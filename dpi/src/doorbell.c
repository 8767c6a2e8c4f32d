// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells over ACPI_DEVICE_OST, and what happens when they come too fast.

#include "doorbell.h"

#include <errno.h>
#include <stdlib.h>

#include "shm_atomic.h"

bool qdpi_doorbell_decode(const json_t *data, struct qdpi_event *event)
{
    const json_t *info = json_object_get(data, "info");
    const char *slot = json_string_value(json_object_get(info, "slot"));
    const json_t *source = json_object_get(info, "source");
    const json_t *status = json_object_get(info, "status");
    char *end;
    unsigned long index;

    if (slot == NULL || !json_is_integer(source) || !json_is_integer(status) ||
        json_object_get(info, "device") != NULL)
        return false;
    errno = 0;
    index = strtoul(slot, &end, 10);
    if (end == slot || *end != '\0' || errno != 0 || index > UINT32_MAX)
        return false;
    event->kind = QDPI_EVENT_DOORBELL;
    event->index = (uint32_t)index;
    event->value =
        (uint64_t)(uint32_t)json_integer_value(status) << 32 | (uint32_t)json_integer_value(source);
    return true;
}

void qdpi_flood_control_rising(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client,
                               struct qdpi_counters *counters, size_t waiting)
{
    if (waiting < QDPI_EVENT_QUEUE_HIGH || qdpi_load_relaxed_int(&flood->paused) != 0 ||
        qdpi_load_relaxed_int(&flood->stopped) != 0)
        return;
    qdpi_store_relaxed_int(&flood->paused, 1);
    qdpi_count(counters, QDPI_COUNTER_FLOOD_PAUSES);
    if (qdpi_qmp_post(client, "stop", false, QDPI_TAG_FLOOD_CONTROL, false) != 0)
        qdpi_store_relaxed_int(&flood->paused, 0);
}

void qdpi_flood_control_falling(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client,
                                size_t waiting)
{
    if (waiting > QDPI_EVENT_QUEUE_LOW || qdpi_load_relaxed_int(&flood->paused) == 0)
        return;
    if (qdpi_exchange_int(&flood->paused, 0) != 0) {
        // A connection that has ended needs no "cont": the result says nothing new.
        (void)qdpi_qmp_post(client, "cont", false, QDPI_TAG_FLOOD_CONTROL, true);
    }
}

void qdpi_flood_control_forget(struct qdpi_flood_control *flood)
{
    qdpi_store_relaxed_int(&flood->paused, 0);
}
