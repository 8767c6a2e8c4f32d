// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qemu-dpi reset: the guest's reset button.

#include "command.h"
#include "guest_control.h"

enum { US_PER_MS = 1000 };

// QEMU answers when it has been asked, and resets soon after: a script wants to go on afterwards.
static int reset(struct qdpi_bridge *bridge, unsigned timeout_ms)
{
    const uint64_t end_us = qdpi_clock_us() + (uint64_t)timeout_ms * US_PER_MS;
    struct qdpi_event event = {0};
    int result = qdpi_guest_reset(bridge, timeout_ms);
    while (result == 0 && event.kind != QDPI_EVENT_RESET) {
        const uint64_t now = qdpi_clock_us();
        if (now >= end_us) {
            return QDPI_ERR_TIMEOUT;
        }
        const int taken =
            qdpi_event_wait(bridge, (unsigned)((end_us - now) / US_PER_MS) + 1, &event);
        result = taken < 0 ? taken : 0;
    }
    return result;
}

static int run(int argc, char **argv)
{
    static const struct qdpi_guest_control control = {
        .what = "reset the guest",
        .doc = "Reset the guest, as its reset button would, and return when that has been done.",
        .act = reset,
    };
    return qdpi_run_guest_control(&control, argc, argv);
}

const struct qdpi_command qdpi_command_reset = {
    .name = "reset",
    .summary = "Reset the guest",
    .run = run,
};
