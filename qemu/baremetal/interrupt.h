// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupt vectors: the table, the handlers of the interrupt lines, and what happens on an
// exception.
#ifndef QDPI_BAREMETAL_INTERRUPT_H
#define QDPI_BAREMETAL_INTERRUPT_H

#include <stdint.h>

#include "pic.h"

/// Called with interrupts disabled.
typedef void qdpi_interrupt_handler(void *context);

/// What the entry code leaves on the stack.
struct qdpi_interrupt_frame {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uint32_t vector, error;
    uint32_t eip, cs, eflags;
};

enum { QDPI_INTERRUPT_NMI = QDPI_PIC_LINES };  // stands for the NMI where a line is asked for

/// Load the table and set up the controllers, with every line masked. Interrupts stay disabled.
void qdpi_interrupt_init(void);

/// Load the same table on another processor.
void qdpi_interrupt_load_table(void);

/// Call `handler` for each interrupt on `line` (or QDPI_INTERRUPT_NMI), and unmask the line.
/// Without a handler an NMI is an exception, which fails the guest.
void qdpi_interrupt_attach(unsigned line, qdpi_interrupt_handler *handler, void *context);

/// What the entry code calls.
void qdpi_interrupt_dispatch(const struct qdpi_interrupt_frame *frame);

#endif
