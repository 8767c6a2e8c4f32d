// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Guest of the smallest example: runs a light along eight LEDs by doorbell until the first press of
// the button, and answers each press, which arrives as an interrupt.
#include <stddef.h>

#include "clock.h"
#include "cmdline.h"
#include "console.h"
#include "cpu.h"
#include "doorbell.h"
#include "interrupt.h"
#include "ordering.h"
#include "start.h"
#include "verdict.h"

enum led_layout {
#include "qdpi_led_layout.inc"
};

enum {
    LED_COUNT = 8,
    LED_STEP_MILLISECONDS = 50,
    LED_BUTTON_LINE = 5,
    LED_PRESSES = 3,
    LED_DEADLINE_MILLISECONDS = 120000,
};

static uint32_t led_presses;

static void on_button(void *context)
{
    uint32_t *presses = context;
    qdpi_store_release_u32(presses, *presses + 1);
}

_Noreturn void qdpi_guest_main(void)
{
    static const char *const keys[] = {NULL};
    qdpi_cmdline_allow_only(keys);
    qdpi_interrupt_attach(LED_BUTTON_LINE, on_button, &led_presses);
    qdpi_print("guest: running light; press the button %u times\n", (uint32_t)LED_PRESSES);

    struct qdpi_deadline deadline = qdpi_deadline_in(LED_DEADLINE_MILLISECONDS);
    // The simulator may attach at any time, so the light keeps running until it shows itself by an
    // interrupt.
    for (uint32_t step = 0; qdpi_load_acquire_u32(&led_presses) == 0; step++) {
        if (qdpi_deadline_passed(&deadline)) {
            qdpi_verdict_fail(QDPI_FAILURE_NOT_ATTACHED, "button: no press within %u ms",
                              (uint32_t)LED_DEADLINE_MILLISECONDS);
        }
        qdpi_doorbell_ring(QDPI_LED_REG_OUTPUT, 1u << step % LED_COUNT);
        qdpi_clock_sleep(LED_STEP_MILLISECONDS);
    }
    for (uint32_t answered = 0; answered < LED_PRESSES;) {
        if (qdpi_load_acquire_u32(&led_presses) != answered) {
            answered++;
            qdpi_print("guest: button press %u\n", answered);
            qdpi_doorbell_ring(QDPI_LED_REG_ACKNOWLEDGE, answered);
            qdpi_doorbell_ring(QDPI_LED_REG_OUTPUT, answered);
        } else if (qdpi_deadline_passed(&deadline)) {
            qdpi_verdict_fail(QDPI_FAILURE_STALLED,
                              "button: expected %u presses, got %u within %u ms",
                              (uint32_t)LED_PRESSES, answered, (uint32_t)LED_DEADLINE_MILLISECONDS);
        } else {
            qdpi_cpu_wait_for_interrupt();
        }
    }
    qdpi_verdict_pass("%u button presses answered", (uint32_t)LED_PRESSES);
}
