// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "clock.h"

#include <stddef.h>

#include "cpu.h"
#include "interrupt.h"
#include "io_port.h"
#include "ordering.h"

enum {
    CLOCK_LINE = 0,
    CLOCK_COUNTER_PORT = 0x40,
    CLOCK_MODE_PORT = 0x43,
    CLOCK_MODE_RATE = 0x34,  // counter 0, low byte then high byte, mode 2
    CLOCK_TICK_MILLISECONDS = 4,
    CLOCK_DIVISOR = 4773,  // of 1193182 Hz: 250 ticks a second
    CPU_FLAG_INTERRUPTS = 0x200,
};

static uint32_t clock_ticks;

static void count_tick(void *context)
{
    uint32_t *ticks = context;
    qdpi_store_release_u32(ticks, *ticks + 1);
}

void qdpi_clock_init(void)
{
    qdpi_port_write8(CLOCK_MODE_PORT, CLOCK_MODE_RATE);
    qdpi_port_write8(CLOCK_COUNTER_PORT, CLOCK_DIVISOR & 0xff);
    qdpi_port_write8(CLOCK_COUNTER_PORT, CLOCK_DIVISOR >> 8);
    qdpi_interrupt_attach(CLOCK_LINE, count_tick, &clock_ticks);
}

uint32_t qdpi_clock_milliseconds(void)
{
    return qdpi_load_acquire_u32(&clock_ticks) * CLOCK_TICK_MILLISECONDS;
}

void qdpi_clock_sleep(uint32_t milliseconds)
{
    struct qdpi_deadline deadline = qdpi_deadline_in(milliseconds);
    while (!qdpi_deadline_passed(&deadline)) {
        uint32_t flags = qdpi_cpu_disable_interrupts();
        if ((flags & CPU_FLAG_INTERRUPTS) == 0) {
            return;
        }
        qdpi_cpu_wait_for_interrupt();
    }
}

struct qdpi_deadline qdpi_deadline_in(uint32_t milliseconds)
{
    return (struct qdpi_deadline){.start = qdpi_clock_milliseconds(), .span = milliseconds};
}

bool qdpi_deadline_passed(const struct qdpi_deadline *deadline)
{
    return qdpi_clock_milliseconds() - deadline->start >= deadline->span;
}
