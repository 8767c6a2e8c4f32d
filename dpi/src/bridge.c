// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The bridge: open, close, attach again, last error, and what its I/O thread does with what comes.

#include "bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "discovery.h"
#include "lifecycle.h"
#include "ownership.h"
#include "qmp_socket.h"
#include "shm_atomic.h"

/** How long a QEMU that has greeted may take for an answer. */
#define ANSWER_MS 5000U
/** How long qdpi_close() waits for interrupts that are still queued. */
#define CLOSE_MS 1000U

// ---- Errors ------------------------------------------------------------------------------------

int qdpi_bridge_failed(struct qdpi_bridge *bridge, int result, const struct qdpi_error *error)
{
    // A forked process may read and write memory, and nothing else of the bridge is its own.
    if (qdpi_guest_memory_is_inherited(&bridge->memory))
        return result;
    pthread_mutex_lock(&bridge->error_mutex);
    (void)qdpi_fail(&bridge->error, result, "%s", error->text);
    pthread_mutex_unlock(&bridge->error_mutex);
    qdpi_statistics_count_error(&bridge->statistics, result);
    return result;
}

const char *qdpi_last_error(struct qdpi_bridge *bridge)
{
    if (bridge == NULL)
        return "no bridge: the handle is null; open one first";
    pthread_mutex_lock(&bridge->error_mutex);
    bridge->error_read = bridge->error;
    bridge->error.text[0] = '\0';
    pthread_mutex_unlock(&bridge->error_mutex);
    return bridge->error_read.text;
}

// ---- What comes from QEMU: the I/O thread ------------------------------------------------------

static void deliver(struct qdpi_bridge *bridge, struct qdpi_qmp_client *client,
                    const struct qdpi_event *event)
{
    const int waiting = qdpi_event_queue_push(&bridge->events, event);

    // A QEMU whose RAM file is lost may live on; QDPI_EVENT_LOST stays the last event all the same.
    if (waiting == 0)
        return;
    qdpi_count(&bridge->statistics.page->counters, waiting < 0 ? QDPI_COUNTER_DROPPED
                                                   : event->kind == QDPI_EVENT_DOORBELL
                                                       ? QDPI_COUNTER_DOORBELLS
                                                       : QDPI_COUNTER_EVENTS);
    if (waiting > 0) {
        qdpi_statistics_note_queue(&bridge->statistics, (uint64_t)waiting);
        qdpi_flood_control_rising(&bridge->flood, client, &bridge->statistics.page->counters,
                                  (size_t)waiting);
    }
}

static bool on_text(void *context, struct qdpi_qmp_client *client, const char *text, size_t count)
{
    struct qdpi_event event;

    if (!qdpi_doorbell_read(text, count, &event))
        return false;
    deliver(context, client, &event);
    return true;
}

static void on_event(void *context, struct qdpi_qmp_client *client, const char *name,
                     const json_t *data)
{
    struct qdpi_bridge *bridge = context;
    struct qdpi_event event;

    if (strcmp(name, "ACPI_DEVICE_OST") == 0 && qdpi_doorbell_decode(data, &event)) {
        deliver(bridge, client, &event);
        return;
    }
    if (qdpi_lifecycle_changes_memory(name)) {
        qdpi_store_release_int(&bridge->backends_changed, 1);
        qdpi_guest_memory_expire_map(&bridge->memory);
        return;
    }
    if (!qdpi_lifecycle_decode(name, data, &event))
        return;
    // Before the testbench hears of the reset, no access may be answered from before it.
    if (event.kind == QDPI_EVENT_RESET)
        qdpi_guest_memory_expire_map(&bridge->memory);
    if (event.kind == QDPI_EVENT_STOP)
        qdpi_flood_control_stopped(&bridge->flood);
    if (event.kind == QDPI_EVENT_RESUME)
        qdpi_flood_control_resumed(&bridge->flood);
    deliver(bridge, client, &event);
}

static void on_posted(void *context, unsigned tag, int result, const char *sentence)
{
    struct qdpi_bridge *bridge = context;
    struct qdpi_error error;

    error.text[0] = '\0';
    if (tag == QDPI_TAG_FLOOD_STOP || tag == QDPI_TAG_FLOOD_CONTINUE)
        qdpi_flood_control_done(&bridge->flood, tag, result);
    else
        qdpi_interrupt_done(&bridge->interrupts, tag, result);
    if (result != 0)
        (void)qdpi_bridge_failed(bridge, qdpi_fail(&error, result, "%s", sentence), &error);
}

void qdpi_bridge_tell_lost(struct qdpi_bridge *bridge)
{
    const struct qdpi_event event = {.kind = QDPI_EVENT_LOST, .index = 0, .value = 0};

    if (qdpi_exchange_int(&bridge->lost_told, 1) != 0)
        return;
    qdpi_count(&bridge->statistics.page->counters, QDPI_COUNTER_EVENTS);
    qdpi_statistics_set_state(&bridge->statistics, QDPI_STATISTICS_LOST);
    qdpi_event_queue_end(&bridge->events, &event);
}

static void on_lost(void *context, const char *sentence)
{
    struct qdpi_bridge *bridge = context;
    struct qdpi_error error = {.text = ""};

    // First the reason: whoever hears of the loss may ask for it at once.
    (void)qdpi_bridge_failed(bridge, qdpi_fail(&error, -ENOTCONN, "%s", sentence), &error);
    qdpi_guest_memory_lose(&bridge->memory);
    qdpi_bridge_tell_lost(bridge);
}

// ---- Attaching ---------------------------------------------------------------------------------

/** Where guest_memory gets a new map from. */
static int map_from_qemu(void *context, struct qdpi_memory_map **map, struct qdpi_error *error)
{
    struct qdpi_bridge *bridge = context;
    const struct timespec deadline = qdpi_deadline_in(ANSWER_MS);
    const bool changed = qdpi_exchange_int(&bridge->backends_changed, 0) != 0;
    int result = qdpi_discover_map(bridge->client, &bridge->ram, changed, &deadline, map, error);

    if (result != 0 && changed)
        qdpi_store_release_int(&bridge->backends_changed, 1);
    return result;
}

static int attach_file(struct qdpi_bridge *bridge, struct qdpi_error *error)
{
    struct qdpi_memory_map *map;
    int result = qdpi_discover_file(&bridge->endpoint, &bridge->ram, &map, error);

    if (result != 0)
        return result;
    bridge->features = QDPI_FEATURE_ATOMICS;
    return qdpi_guest_memory_start(&bridge->memory, map, false, error);
}

/** Connect to QEMU, once it is sure whose it is. */
static int connect_qmp(struct qdpi_bridge *bridge, const struct timespec *deadline,
                       const struct timespec *answer_by, struct qdpi_error *error)
{
    const struct qdpi_qmp_callbacks callbacks = {.context = bridge,
                                                 .text = on_text,
                                                 .event = on_event,
                                                 .posted = on_posted,
                                                 .lost = on_lost};
    const char *path = bridge->endpoint.path;
    const int fd = qdpi_qmp_socket_connect(path, deadline, error);
    int result;

    if (fd < 0)
        return fd;
    result =
        qdpi_ownership_check_peer(fd, path, bridge->endpoint.any_owner, &bridge->ram.qemu, error);
    if (result != 0) {
        (void)close(fd);
        return result;
    }
    return qdpi_qmp_adopt(fd, path, answer_by, &callbacks, &bridge->client, error);
}

static int attach_qmp(struct qdpi_bridge *bridge, unsigned timeout_ms, struct qdpi_error *error)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);
    const struct timespec answer_by = qdpi_deadline_in(timeout_ms > 0 ? timeout_ms : ANSWER_MS);
    struct qdpi_memory_map *map;
    int result = connect_qmp(bridge, &deadline, &answer_by, error);

    if (result == 0)
        result = qdpi_discover_guest(bridge->client, &bridge->ram, &answer_by, &map,
                                     &bridge->features, error);
    if (result == 0)
        result = qdpi_guest_memory_start(&bridge->memory, map, true, error);
    if (result == 0)
        result = qdpi_flood_control_settle(&bridge->flood, bridge->client, &answer_by, error);
    return result;
}

/** Leave the guest as it should be: running, if it is we who paused it, and interrupted. */
static void take_leave(struct qdpi_bridge *bridge)
{
    if (bridge->client != NULL) {
        const struct timespec deadline = qdpi_deadline_in(CLOSE_MS);

        qdpi_flood_control_leave(&bridge->flood, bridge->client);
        (void)qdpi_qmp_drain(bridge->client, &deadline, NULL);
    }
}

static void detach(struct qdpi_bridge *bridge)
{
    qdpi_qmp_close(bridge->client);
    bridge->client = NULL;
    bridge->attached = false;
    bridge->lost_told = 1;
    qdpi_statistics_set_state(&bridge->statistics, QDPI_STATISTICS_DETACHED);
    bridge->features = 0;
    qdpi_guest_memory_stop(&bridge->memory);
    qdpi_guest_ram_close(&bridge->ram);
    qdpi_event_queue_restart(&bridge->events);
    qdpi_event_queue_end(&bridge->events, NULL);
}

static int attach(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    struct qdpi_error error = {.text = ""};
    int result;

    // What went wrong with the guest before must not stand in for what goes wrong now.
    bridge->error.text[0] = '\0';
    qdpi_flood_control_reset(&bridge->flood);
    qdpi_interrupts_reset(&bridge->interrupts);
    bridge->backends_changed = 0;
    bridge->lost_told = 0;
    bridge->ram.any_owner = bridge->endpoint.any_owner;
    bridge->ram.prefault = bridge->endpoint.prefault;
    bridge->ram.qemu = 0;
    qdpi_guest_memory_prepare(&bridge->memory);
    qdpi_event_queue_restart(&bridge->events);
    result = bridge->endpoint.kind == QDPI_ENDPOINT_FILE ? attach_file(bridge, &error)
                                                         : attach_qmp(bridge, timeout_ms, &error);
    if (result == 0) {
        bridge->attached = true;
        // Not if the guest has been lost meanwhile.
        (void)qdpi_cas_u32(&bridge->statistics.page->state, QDPI_STATISTICS_DETACHED,
                           QDPI_STATISTICS_ATTACHED);
        return 0;
    }
    // Doorbells have been coming since the connection stood.
    if (qdpi_load_relaxed_u64(bridge->flood.owed) != 0)
        take_leave(bridge);
    detach(bridge);
    return qdpi_bridge_failed(bridge, result, &error);
}

// ---- Lifetime ----------------------------------------------------------------------------------

static struct qdpi_bridge *new_bridge(void)
{
    struct qdpi_bridge *bridge = calloc(1, sizeof *bridge);

    if (bridge == NULL)
        return NULL;
    if (qdpi_event_queue_init(&bridge->events) != 0) {
        free(bridge);
        return NULL;
    }
    if (qdpi_statistics_open(&bridge->statistics, qdpi_statistics_folder()) != 0) {
        qdpi_event_queue_destroy(&bridge->events);
        free(bridge);
        return NULL;
    }
    pthread_mutex_init(&bridge->error_mutex, NULL);
    qdpi_guest_memory_init(&bridge->memory, map_from_qemu, bridge,
                           &bridge->statistics.page->counters);
    qdpi_guest_ram_init(&bridge->ram, &bridge->memory.ground);
    qdpi_flood_control_init(&bridge->flood, &bridge->statistics.page->guest_paused);
    qdpi_interrupts_init(&bridge->interrupts, &bridge->statistics.page->counters);
    bridge->lost_told = 1;
    return bridge;
}

/** Replace "" by "env:QEMU_DPI", and "env:NAME" by what that variable holds. */
static int resolve_environment(const char **endpoint, struct qdpi_error *error)
{
    const char *name;

    if (*endpoint == NULL || (*endpoint)[0] == '\0')
        *endpoint = "env:QEMU_DPI";
    if (strncmp(*endpoint, "env:", 4) != 0)
        return 0;
    name = *endpoint + 4;
    *endpoint = getenv(name);
    if (*endpoint != NULL && (*endpoint)[0] != '\0')
        return 0;
    return qdpi_fail(error, -EINVAL,
                     "no endpoint: the environment variable %s is not set; set it, or give the "
                     "endpoint in the call or by the plusarg +qemu=qmp:PATH",
                     name);
}

int qdpi_open(const char *endpoint, unsigned timeout_ms, struct qdpi_bridge **bridge_out)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_bridge *bridge;
    int result;

    if (bridge_out == NULL)
        return -EINVAL;
    bridge = new_bridge();
    *bridge_out = bridge;
    if (bridge == NULL)
        return -ENOMEM;
    result = resolve_environment(&endpoint, &error);
    if (qdpi_statistics_sweep(qdpi_statistics_folder(), endpoint))
        qdpi_store_relaxed_u64(&bridge->statistics.page->guest_paused, 1);
    qdpi_statistics_publish(&bridge->statistics, endpoint != NULL ? endpoint : "");
    if (result == 0)
        result = qdpi_endpoint_parse(endpoint, &bridge->endpoint, &error);
    if (result != 0)
        return qdpi_bridge_failed(bridge, result, &error);
    bridge->endpoint_known = true;
    return attach(bridge, timeout_ms);
}

void qdpi_close(struct qdpi_bridge *bridge)
{
    if (bridge == NULL)
        return;
    take_leave(bridge);
    detach(bridge);
    qdpi_flood_control_destroy(&bridge->flood);
    qdpi_guest_memory_destroy(&bridge->memory);
    qdpi_event_queue_destroy(&bridge->events);
    pthread_mutex_destroy(&bridge->error_mutex);
    qdpi_statistics_close(&bridge->statistics);
    free(bridge);
}

int qdpi_reattach(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    if (bridge == NULL)
        return -EINVAL;
    if (!bridge->endpoint_known) {
        return qdpi_bridge_failed(
            bridge, -EINVAL,
            &(struct qdpi_error){.text =
                                     "attach again: the endpoint was not understood; open a new "
                                     "bridge with a right one"});
    }
    take_leave(bridge);
    detach(bridge);
    return attach(bridge, timeout_ms);
}

int qdpi_require(struct qdpi_bridge *bridge, unsigned features)
{
    struct qdpi_error error = {.text = ""};
    unsigned missing;
    int result;

    if (bridge == NULL)
        return -EINVAL;
    missing = features & ~bridge->features;
    if (!bridge->attached) {
        result = qdpi_fail(&error, -ENOTCONN, "the bridge is not attached to a guest");
    } else if (missing == 0) {
        return 0;
    } else if (bridge->endpoint.kind == QDPI_ENDPOINT_FILE) {
        result = qdpi_fail(&error, -EOPNOTSUPP,
                           "a file: endpoint has no interrupts, doorbells or events; use a qmp: "
                           "endpoint");
    } else if ((missing & QDPI_FEATURE_INTERRUPT) != 0) {
        result = qdpi_fail(&error, -EOPNOTSUPP,
                           "the guest has no interrupt lines for RTL: add -device pc-testdev to "
                           "QEMU's command line");
    } else if ((missing & QDPI_FEATURE_DOORBELL) != 0) {
        result = qdpi_fail(&error, -EOPNOTSUPP,
                           "the guest has no doorbells: give it memory slots, -m "
                           "SIZE,slots=64,maxmem=MORE, and leave them empty");
    } else if ((missing & QDPI_FEATURE_ATOMICS) != 0) {
        result = qdpi_fail(
            &error, -EOPNOTSUPP,
            "this guest's atomic instructions are not atomic towards RTL: with a "
            "single CPU or thread, QEMU's TCG compiles them to plain loads and stores; start "
            "QEMU with -smp 1,maxcpus=2");
    } else {
        result = qdpi_fail(&error, -EINVAL, "features 0x%x are not known to this library", missing);
    }
    return qdpi_bridge_failed(bridge, result, &error);
}

uint64_t qdpi_counter(struct qdpi_bridge *bridge, int which)
{
    if (bridge == NULL || which < 0 || which >= QDPI_COUNTER_COUNT)
        return 0;
    return qdpi_load_relaxed_u64(&bridge->statistics.page->counters.values[which]);
}

uint64_t qdpi_clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)

const char *qdpi_version(void)
{
    return STRINGIFY(QDPI_VERSION_MAJOR) "." STRINGIFY(QDPI_VERSION_MINOR) "." STRINGIFY(
        QDPI_VERSION_PATCH);
}
