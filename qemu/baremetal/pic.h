// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The two cascaded 8259 interrupt controllers.
#ifndef QDPI_BAREMETAL_PIC_H
#define QDPI_BAREMETAL_PIC_H

#include <stdbool.h>

enum {
    QDPI_PIC_LINES = 16,
    QDPI_PIC_CASCADE_LINE = 2,  // the second controller's output: no device is on it
    QDPI_PIC_FIRST_VECTOR =
        32,  // line n arrives at this vector + n, clear of the processor's exceptions
};

/// Remap the vectors and mask every line but the cascade.
void qdpi_pic_init(void);
void qdpi_pic_set_masked(unsigned line, bool masked);

/// Whether the interrupt on `line` is one that the controller made up because the line fell before
/// it was acknowledged. Such an interrupt gets no qdpi_pic_end_interrupt().
bool qdpi_pic_is_spurious(unsigned line);
void qdpi_pic_end_interrupt(unsigned line);

#endif
