// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The processor is started anew for each piece of work, by INIT and STARTUP through the local APIC,
// and halts afterwards: so it needs no interrupts to be woken, and burns nothing between two.
#include "second_cpu.h"

#include <stdint.h>

#include "bytes.h"
#include "clock.h"
#include "cpu.h"
#include "interrupt.h"
#include "ordering.h"
#include "paging.h"

enum {
    LOCAL_APIC_ADDRESS = (int)0xfee00000,
    LOCAL_APIC_COMMAND_LOW = 0x300,
    LOCAL_APIC_COMMAND_HIGH = 0x310,
    LOCAL_APIC_DESTINATION_SHIFT = 24,
    LOCAL_APIC_INIT = 0x4500,
    LOCAL_APIC_STARTUP = 0x4600,
    SECOND_CPU_ID = 1,
    TRAMPOLINE_PAGE = 7,  // free in every PC: behind the BIOS's data, before the loader's
    PAGE_SHIFT = 12,
    STARTUP_TRIES = 200,
    STARTUP_WAIT_MILLISECONDS = 10,
};

enum state { STATE_IDLE, STATE_RUNS, STATE_DONE };

extern const uint8_t qdpi_second_cpu_trampoline[];
extern const uint32_t qdpi_second_cpu_trampoline_bytes;

static unsigned apic_window;
static uint32_t state;
static qdpi_second_cpu_work *given_work;
static void *given_context;

void qdpi_second_cpu_init(void)
{
    apic_window = qdpi_window_claim();
}

/// What the entry code calls, on the second processor.
_Noreturn void qdpi_second_cpu_main(void);

_Noreturn void qdpi_second_cpu_main(void)
{
    qdpi_paging_enter();
    qdpi_interrupt_load_table();
    qdpi_store_release_u32(&state, STATE_RUNS);
    given_work(given_context);
    qdpi_store_release_u32(&state, STATE_DONE);
    qdpi_cpu_stop();
}

static void command(uint8_t *apic, uint32_t low)
{
    qdpi_store_release_u32((uint32_t *)(void *)(apic + LOCAL_APIC_COMMAND_HIGH),
                           (uint32_t)SECOND_CPU_ID << LOCAL_APIC_DESTINATION_SHIFT);
    qdpi_store_release_u32((uint32_t *)(void *)(apic + LOCAL_APIC_COMMAND_LOW), low);
}

bool qdpi_second_cpu_start(qdpi_second_cpu_work *work, void *context)
{
    uint8_t *apic = qdpi_window_map(apic_window, (uint32_t)LOCAL_APIC_ADDRESS);
    memcpy((void *)(TRAMPOLINE_PAGE << PAGE_SHIFT), qdpi_second_cpu_trampoline,
           qdpi_second_cpu_trampoline_bytes);
    given_work = work;
    given_context = context;
    qdpi_store_release_u32(&state, STATE_IDLE);
    command(apic, LOCAL_APIC_INIT);
    // A STARTUP that comes before the INIT has taken effect is ignored, as is one that comes when
    // the processor runs: so it is repeated until it does.
    for (unsigned tries = 0; tries < STARTUP_TRIES; tries++) {
        qdpi_clock_sleep(STARTUP_WAIT_MILLISECONDS);
        if (qdpi_load_acquire_u32(&state) != STATE_IDLE) {
            return true;
        }
        command(apic, LOCAL_APIC_STARTUP | TRAMPOLINE_PAGE);
    }
    return false;
}

void qdpi_second_cpu_finish(void)
{
    while (qdpi_load_acquire_u32(&state) != STATE_DONE) {
        qdpi_cpu_relax();
    }
}
