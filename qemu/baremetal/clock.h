// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Time since the guest started, counted in interrupts of the interval timer (8254).
#ifndef QDPI_BAREMETAL_CLOCK_H
#define QDPI_BAREMETAL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void qdpi_clock_init(void);
uint32_t qdpi_clock_milliseconds(void);

/// Sleep; needs interrupts. From code that runs with interrupts disabled it returns at once.
void qdpi_clock_sleep(uint32_t milliseconds);

/// A point in time to wait for.
struct qdpi_deadline {
    uint32_t start;
    uint32_t span;
};

struct qdpi_deadline qdpi_deadline_in(uint32_t milliseconds);
bool qdpi_deadline_passed(const struct qdpi_deadline *deadline);

#endif
