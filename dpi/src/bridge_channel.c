// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The calls of the C API that go over the channel: interrupts, events, guest control.

#include <errno.h>

#include "bridge.h"
#include "lifecycle.h"

/** Whether the call can be made at all. */
static int check_channel(struct qdpi_bridge *bridge, unsigned feature)
{
    if (bridge == NULL)
        return -EINVAL;
    return (bridge->features & feature) == feature ? 0 : qdpi_require(bridge, feature);
}

static int finish(struct qdpi_bridge *bridge, int result, const struct qdpi_error *error)
{
    return result < 0 ? qdpi_bridge_failed(bridge, result, error) : result;
}

static int interrupt(struct qdpi_bridge *bridge, unsigned feature,
                     enum qdpi_interrupt_action action, unsigned line)
{
    struct qdpi_error error;
    int result = check_channel(bridge, feature);

    if (result != 0)
        return result;
    error.text[0] = '\0';
    result = qdpi_interrupt_post(&bridge->interrupts, bridge->client, action, line, &error);
    return finish(bridge, result, &error);
}

int qdpi_irq_set(struct qdpi_bridge *bridge, unsigned line)
{
    return interrupt(bridge, QDPI_FEATURE_INTERRUPT, QDPI_INTERRUPT_SET, line);
}

int qdpi_irq_clear(struct qdpi_bridge *bridge, unsigned line)
{
    return interrupt(bridge, QDPI_FEATURE_INTERRUPT, QDPI_INTERRUPT_CLEAR, line);
}

int qdpi_irq_pulse(struct qdpi_bridge *bridge, unsigned line)
{
    return interrupt(bridge, QDPI_FEATURE_INTERRUPT, QDPI_INTERRUPT_PULSE, line);
}

int qdpi_nmi(struct qdpi_bridge *bridge)
{
    return interrupt(bridge, QDPI_FEATURE_CONTROL, QDPI_INTERRUPT_NMI, 0);
}

int qdpi_fence(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    struct qdpi_error error = {.text = ""};
    int result = check_channel(bridge, QDPI_FEATURE_CONTROL);

    if (result != 0)
        return result;
    result = qdpi_interrupt_fence(&bridge->interrupts, bridge->client, timeout_ms, &error);
    return finish(bridge, result, &error);
}

/** An event has been looked for; a guest paused for a flood may go on when enough are gone. */
static int taken(struct qdpi_bridge *bridge, int result, size_t waiting)
{
    struct qdpi_error error;

    if (result == 1 && bridge->client != NULL)
        qdpi_flood_control_falling(&bridge->flood, bridge->client, waiting);
    if (result >= 0)
        return result;
    error.text[0] = '\0';
    return qdpi_bridge_failed(
        bridge,
        qdpi_fail(
            &error, result,
            "no further events: the bridge is not attached; attach again when the guest runs"),
        &error);
}

int qdpi_event_poll(struct qdpi_bridge *bridge, struct qdpi_event *event)
{
    size_t waiting;
    int result;

    if (bridge == NULL || event == NULL)
        return -EINVAL;
    if (qdpi_event_queue_is_idle(&bridge->events))
        return 0;
    result = qdpi_event_queue_poll(&bridge->events, event, &waiting);
    return result == 0 ? 0 : taken(bridge, result, waiting);
}

int qdpi_event_wait(struct qdpi_bridge *bridge, unsigned timeout_ms, struct qdpi_event *event)
{
    size_t waiting;
    int result;

    if (bridge == NULL || event == NULL)
        return -EINVAL;
    if (bridge->attached && bridge->client == NULL)
        return qdpi_require(bridge, QDPI_FEATURE_CONTROL);
    result = qdpi_event_queue_wait(&bridge->events, timeout_ms, event, &waiting);
    return taken(bridge, result, waiting);
}

static int control(struct qdpi_bridge *bridge, const char *command, unsigned timeout_ms)
{
    struct qdpi_error error = {.text = ""};
    int result = check_channel(bridge, QDPI_FEATURE_CONTROL);

    if (result != 0)
        return result;
    return finish(bridge, qdpi_lifecycle_command(bridge->client, command, timeout_ms, &error),
                  &error);
}

int qdpi_guest_stop(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    int result = control(bridge, "stop", timeout_ms);

    // Afterwards: a flood may have paused the guest a moment before, and must not let it go on now.
    if (result == 0)
        qdpi_flood_control_forget(&bridge->flood);
    return result;
}

int qdpi_guest_continue(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    return control(bridge, "cont", timeout_ms);
}

int qdpi_guest_reset(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    return control(bridge, "system_reset", timeout_ms);
}

int qdpi_guest_quit(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    return control(bridge, "quit", timeout_ms);
}
