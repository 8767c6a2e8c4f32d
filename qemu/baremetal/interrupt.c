// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <stddef.h>

#include "verdict.h"

enum {
    INTERRUPT_VECTORS = QDPI_PIC_FIRST_VECTOR + QDPI_PIC_LINES,
    INTERRUPT_VECTOR_NMI = 2,
    INTERRUPT_CODE_SELECTOR = 0x08,
    INTERRUPT_GATE_PRESENT_32 = 0x8e,
};

struct __attribute__((packed)) interrupt_gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t zero;
    uint8_t type;
    uint16_t offset_high;
};

struct __attribute__((packed)) interrupt_table_pointer {
    uint16_t limit;
    uint32_t base;
};

struct interrupt_action {
    qdpi_interrupt_handler *handler;
    void *context;
};

extern const uint32_t qdpi_interrupt_entries[INTERRUPT_VECTORS];

static struct interrupt_gate interrupt_table[INTERRUPT_VECTORS];
static struct interrupt_action interrupt_actions[QDPI_PIC_LINES + 1];

void qdpi_interrupt_init(void)
{
    for (unsigned vector = 0; vector < INTERRUPT_VECTORS; vector++) {
        uint32_t entry = qdpi_interrupt_entries[vector];
        interrupt_table[vector] = (struct interrupt_gate){
            .offset_low = (uint16_t)entry,
            .selector = INTERRUPT_CODE_SELECTOR,
            .type = INTERRUPT_GATE_PRESENT_32,
            .offset_high = (uint16_t)(entry >> 16),
        };
    }
    qdpi_interrupt_load_table();
    qdpi_pic_init();
}

void qdpi_interrupt_load_table(void)
{
    struct interrupt_table_pointer pointer = {
        .limit = sizeof interrupt_table - 1,
        .base = (uint32_t)interrupt_table,
    };
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

void qdpi_interrupt_attach(unsigned line, qdpi_interrupt_handler *handler, void *context)
{
    interrupt_actions[line] = (struct interrupt_action){.handler = handler, .context = context};
    if (line < QDPI_PIC_LINES) {
        qdpi_pic_set_masked(line, false);
    }
}

_Noreturn static void report_exception(const struct qdpi_interrupt_frame *frame)
{
    uint32_t fault_address;
    __asm__ volatile("movl %%cr2, %0" : "=r"(fault_address));
    qdpi_verdict_fail(QDPI_FAILURE_EXCEPTION,
                      "exception %u (error code 0x%x) at 0x%08x, last page fault at 0x%08x",
                      frame->vector, frame->error, frame->eip, fault_address);
}

void qdpi_interrupt_dispatch(const struct qdpi_interrupt_frame *frame)
{
    unsigned line = frame->vector - QDPI_PIC_FIRST_VECTOR;
    if (frame->vector == INTERRUPT_VECTOR_NMI) {
        line = QDPI_INTERRUPT_NMI;
    } else if (frame->vector < QDPI_PIC_FIRST_VECTOR) {
        report_exception(frame);
    } else if (qdpi_pic_is_spurious(line)) {
        return;
    }
    const struct interrupt_action *action = &interrupt_actions[line];
    if (action->handler == NULL) {
        report_exception(frame);
    }
    // The controller first: an edge that comes while the handler runs is then kept and taken after
    // it.
    if (line < QDPI_PIC_LINES) {
        qdpi_pic_end_interrupt(line);
    }
    action->handler(action->context);
}
