// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells over ACPI_DEVICE_OST, and what happens when they come too fast.

#include "doorbell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shm_atomic.h"

bool qdpi_doorbell_decode(const json_t *data, struct qdpi_event *event)
{
    const json_t *info = json_object_get(data, "info");
    const char *slot = json_string_value(json_object_get(info, "slot"));
    const char *type = json_string_value(json_object_get(info, "slot-type"));
    const json_t *source = json_object_get(info, "source");
    const json_t *status = json_object_get(info, "status");
    char *end;
    unsigned long index;

    // CPUs report in the same way, with a slot-type of their own.
    if (type == NULL || strcmp(type, "DIMM") != 0)
        return false;
    if (slot == NULL || slot[0] < '0' || slot[0] > '9' || !json_is_integer(source) ||
        !json_is_integer(status) || json_object_get(info, "device") != NULL)
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

void qdpi_flood_control_init(struct qdpi_flood_control *flood, uint64_t *owed)
{
    flood->owed = owed;
    pthread_mutex_init(&flood->mutex, NULL);
    qdpi_flood_control_reset(flood);
}

void qdpi_flood_control_destroy(struct qdpi_flood_control *flood)
{
    pthread_mutex_destroy(&flood->mutex);
}

void qdpi_flood_control_reset(struct qdpi_flood_control *flood)
{
    qdpi_store_relaxed_int(&flood->paused, 0);
    flood->leaving = false;
    flood->stopped = false;
    flood->stops = 0;
}

void qdpi_flood_control_stopped(struct qdpi_flood_control *flood)
{
    flood->stopped = true;
}

void qdpi_flood_control_resumed(struct qdpi_flood_control *flood)
{
    flood->stopped = false;
    // If a "stop" of ours is still under way, it comes behind what let the guest go on. Else
    // somebody else did that, such as another bridge, which had paused it too: it may be paused
    // anew.
    if (flood->stops == 0)
        qdpi_flood_control_forget(flood);
}

/** The guest has gone on by a "cont" of ours, unless we have paused it again meanwhile. */
static void pay(struct qdpi_flood_control *flood)
{
    pthread_mutex_lock(&flood->mutex);
    if (qdpi_load_relaxed_int(&flood->paused) == 0)
        qdpi_store_relaxed_u64(flood->owed, 0);
    pthread_mutex_unlock(&flood->mutex);
}

void qdpi_flood_control_done(struct qdpi_flood_control *flood, unsigned tag, int result)
{
    if (tag == QDPI_TAG_FLOOD_STOP)
        flood->stops--;
    else if (result == 0)
        pay(flood);
}

int qdpi_flood_control_settle(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client,
                              const struct timespec *deadline, struct qdpi_error *error)
{
    json_t *answer;
    const char *status;
    int result;

    if (qdpi_load_relaxed_u64(flood->owed) == 0)
        return 0;
    result = qdpi_qmp_ask(client, "query-status", NULL, deadline, &answer, error);
    if (result != 0)
        return result;
    status = json_string_value(json_object_get(answer, "status"));
    // Another QEMU in its place, started with -S, says "prelaunch".
    if (status != NULL && strcmp(status, "paused") == 0)
        result = qdpi_qmp_execute(client, "cont", NULL, deadline, NULL, error);
    json_decref(answer);
    if (result == 0)
        pay(flood);
    return result;
}

void qdpi_flood_control_rising(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client,
                               struct qdpi_counters *counters, size_t waiting)
{
    if (waiting < QDPI_EVENT_QUEUE_HIGH || qdpi_load_relaxed_int(&flood->paused) != 0 ||
        flood->stopped)
        return;
    pthread_mutex_lock(&flood->mutex);
    if (!flood->leaving && qdpi_qmp_post(client, "stop", QDPI_TAG_FLOOD_STOP) == 0) {
        qdpi_store_relaxed_int(&flood->paused, 1);
        qdpi_store_relaxed_u64(flood->owed, 1);
        flood->stops++;
        qdpi_count(counters, QDPI_COUNTER_FLOOD_PAUSES);
    }
    pthread_mutex_unlock(&flood->mutex);
}

void qdpi_flood_control_falling(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client,
                                size_t waiting)
{
    if (waiting > QDPI_EVENT_QUEUE_LOW || qdpi_load_relaxed_int(&flood->paused) == 0)
        return;
    pthread_mutex_lock(&flood->mutex);
    if (qdpi_exchange_int(&flood->paused, 0) != 0) {
        // A connection that has ended needs no "cont". It may not wait for room, because a poll
        // never blocks; for want of memory it is left to the next one.
        if (qdpi_qmp_post(client, "cont", QDPI_TAG_FLOOD_CONTINUE) == -ENOMEM)
            qdpi_store_relaxed_int(&flood->paused, 1);
    }
    pthread_mutex_unlock(&flood->mutex);
}

void qdpi_flood_control_forget(struct qdpi_flood_control *flood)
{
    pthread_mutex_lock(&flood->mutex);
    qdpi_store_relaxed_int(&flood->paused, 0);
    qdpi_store_relaxed_u64(flood->owed, 0);
    pthread_mutex_unlock(&flood->mutex);
}

void qdpi_flood_control_leave(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client)
{
    pthread_mutex_lock(&flood->mutex);
    flood->leaving = true;
    pthread_mutex_unlock(&flood->mutex);
    qdpi_flood_control_falling(flood, client, 0);
}
