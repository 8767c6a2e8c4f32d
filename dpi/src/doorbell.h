// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Doorbells: a guest's write to the ACPI memory hot-plug registers reaches us as QMP's
// ACPI_DEVICE_OST. QEMU queues unread events without bound, so a guest that rings faster than the
// simulator listens is paused before any is lost.

#ifndef QDPI_DOORBELL_H_
#define QDPI_DOORBELL_H_

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>

#include "counters.h"
#include "event_queue.h"
#include "qmp_client.h"

/**
 * Read the data of an ACPI_DEVICE_OST. @return false if it is no doorbell: a slot with a DIMM in it
 * reports the outcome of a hot-plug in the same way. Of a DIMM that was plugged without an id QEMU
 * says nothing here, nor did it tell of the plugging: its report passes for a doorbell.
 */
bool qdpi_doorbell_decode(const json_t *data, struct qdpi_event *event);

/**
 * Read a whole ACPI_DEVICE_OST from its text, as QEMU writes the doorbells of a guest: in a tenth
 * of the time that the JSON library takes, of which doorbells would have to wait for most.
 * @return false: it is none, or is written in any other way: see qdpi_doorbell_decode().
 */
bool qdpi_doorbell_read(const char *text, size_t count, struct qdpi_event *event);

/** Tags of the posted requests of this module. */
enum {
    QDPI_TAG_FLOOD_STOP = 3,
    QDPI_TAG_FLOOD_CONTINUE = 4,
};

struct qdpi_flood_control {
    pthread_mutex_t mutex; /**< of changes: "stop" and "cont" go out in the order of these */
    int paused;            /**< atomic: the guest stands still because of us */
    uint64_t *owed; /**< atomic; 1: we have paused it, and QEMU has not said that it goes on; in the
                         statistics page, so that it outlives this process */
    bool leaving;   /**< we detach: the guest is not ours to pause any more */
    bool stopped;   /**< I/O thread: as the guest's STOP and RESUME events say */
    unsigned stops; /**< I/O thread: "stop" commands that QEMU has not answered */
};

void qdpi_flood_control_init(struct qdpi_flood_control *flood, uint64_t *owed);
void qdpi_flood_control_destroy(struct qdpi_flood_control *flood);

/** A guest that runs is about to be attached. */
void qdpi_flood_control_reset(struct qdpi_flood_control *flood);

/** The guest has stopped, or goes on, whoever told it to. I/O thread. */
void qdpi_flood_control_stopped(struct qdpi_flood_control *flood);
void qdpi_flood_control_resumed(struct qdpi_flood_control *flood);

/** A posted request with one of the tags above has ended. I/O thread. */
void qdpi_flood_control_done(struct qdpi_flood_control *flood, unsigned tag, int result);

/** Attached: a guest that we, or a bridge that died, paused and could not let go on goes on. One
 * that was started paused stays so. @return 0, or as qdpi_qmp_execute(). */
int qdpi_flood_control_settle(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client,
                              const struct timespec *deadline, struct qdpi_error *error);

/** After `waiting` events have piled up: pause the guest if they are too many. I/O thread. */
void qdpi_flood_control_rising(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client,
                               struct qdpi_counters *counters, size_t waiting);

/** After one has been taken and `waiting` remain: let the guest go on if it is we who paused it. */
void qdpi_flood_control_falling(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client,
                                size_t waiting);

/** Someone else decides now whether the guest runs. */
void qdpi_flood_control_forget(struct qdpi_flood_control *flood);

/** Before detaching: a guest that we paused goes on, and is not paused again. */
void qdpi_flood_control_leave(struct qdpi_flood_control *flood, struct qdpi_qmp_client *client);

#endif  // QDPI_DOORBELL_H_
