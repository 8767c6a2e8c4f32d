// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Waiting, with the events of the guest taken and forgotten.

#include "idle.h"

#include <poll.h>

int qdpi_idle_drop_events(struct qdpi_bridge *bridge)
{
    struct qdpi_event event;
    int taken;

    do {
        taken = qdpi_event_poll(bridge, &event);
    } while (taken > 0);
    // A RAM file alone has no events, and nobody who could be gone.
    return taken == QDPI_ERR_LOST ? taken : 0;
}

int qdpi_idle_until(struct qdpi_bridge *bridge, uint64_t until_us, int descriptor)
{
    enum { STEP_US = 20000 };  // in which a guest rings fewer doorbells than the queue holds

    for (;;) {
        const uint64_t now = qdpi_clock_us();
        const uint64_t left = until_us > now ? until_us - now : 0;
        const uint64_t step = left < STEP_US ? left : STEP_US;
        struct pollfd slot = {.fd = descriptor, .events = POLLIN};
        const int lost = qdpi_idle_drop_events(bridge);

        if (lost != 0) {
            return lost;
        }
        // Rounded up: the last step must not become a loop without waiting.
        if (poll(&slot, 1, (int)((step + 999) / 1000)) > 0) {
            return 1;
        }
        if (left <= step && qdpi_clock_us() >= until_us) {
            return 0;
        }
    }
}
