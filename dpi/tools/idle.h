// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Staying attached without a part in what the guest does.
//
// Every bridge is sent the guest's doorbells, and QEMU is stopped when one does not take its: a
// subcommand that stays for longer than a moment has to.

#ifndef QDPI_TOOLS_IDLE_H_
#define QDPI_TOOLS_IDLE_H_

#include <stdint.h>

#include "qemu_dpi.h"

/// Forget all events so far. @return 0, or QDPI_ERR_LOST: the guest is gone.
int qdpi_idle_drop_events(struct qdpi_bridge *bridge);

/// Wait until `until_us` of qdpi_clock_us(), or until `descriptor` can be read (-1: there is none).
/// @return 1: it can; 0: the time is over; QDPI_ERR_LOST: the guest is gone.
int qdpi_idle_until(struct qdpi_bridge *bridge, uint64_t until_us, int descriptor);

#endif
