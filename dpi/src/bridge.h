// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The bridge: one connection to one guest, and the owner of all its parts.

#ifndef QDPI_BRIDGE_H_
#define QDPI_BRIDGE_H_

#include "counters.h"
#include "doorbell.h"
#include "endpoint.h"
#include "event_queue.h"
#include "guest_memory.h"
#include "guest_ram.h"
#include "interrupt.h"
#include "last_error.h"
#include "qemu_dpi.h"
#include "qmp_client.h"
#include "statistics.h"

struct qdpi_bridge {
    struct qdpi_guest_memory memory; /**< first: the hot path finds it without arithmetic */
    struct qdpi_statistics statistics;
    struct qdpi_guest_ram ram;
    struct qdpi_event_queue events;
    struct qdpi_flood_control flood;
    struct qdpi_interrupts interrupts;
    struct qdpi_qmp_client *client; /**< NULL: not attached, or an endpoint without QMP */
    struct qdpi_endpoint endpoint;
    bool endpoint_known; /**< the text could be parsed */
    bool attached;
    unsigned features;
    int lost_told; /**< atomic: QDPI_EVENT_LOST has been queued, or there is nothing to lose */
    int backends_changed; /**< atomic: a backend's name may mean another file now */
    pthread_mutex_t error_mutex;
    struct qdpi_error error;      /**< the first failure since it was read */
    struct qdpi_error error_read; /**< the sentence last handed out */
};

/** Keep the sentence of a failed call. @return `result`. */
int qdpi_bridge_failed(struct qdpi_bridge *bridge, int result, const struct qdpi_error *error);

/** Queue QDPI_EVENT_LOST as the last event, unless that has been done. Any thread. */
void qdpi_bridge_tell_lost(struct qdpi_bridge *bridge);

#endif  // QDPI_BRIDGE_H_
