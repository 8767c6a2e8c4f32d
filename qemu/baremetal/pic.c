// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "pic.h"

#include <stdint.h>

#include "cpu.h"
#include "io_port.h"

enum {
    PIC_FIRST_COMMAND = 0x20,
    PIC_FIRST_DATA = 0x21,
    PIC_SECOND_COMMAND = 0xa0,
    PIC_SECOND_DATA = 0xa1,
    PIC_LINES_EACH = 8,
    PIC_INIT_WITH_FOURTH_WORD = 0x11,
    PIC_INIT_8086 = 0x01,
    PIC_END_OF_INTERRUPT = 0x20,
    PIC_READ_IN_SERVICE = 0x0b,
    PIC_ALL_MASKED = 0xff,
    PIC_LAST_LINE_MASK = 0x80,  // the line that a controller reports when it has no other
};

void qdpi_pic_init(void)
{
    qdpi_port_write8(PIC_FIRST_COMMAND, PIC_INIT_WITH_FOURTH_WORD);
    qdpi_port_write8(PIC_SECOND_COMMAND, PIC_INIT_WITH_FOURTH_WORD);
    qdpi_port_write8(PIC_FIRST_DATA, QDPI_PIC_FIRST_VECTOR);
    qdpi_port_write8(PIC_SECOND_DATA, QDPI_PIC_FIRST_VECTOR + PIC_LINES_EACH);
    qdpi_port_write8(PIC_FIRST_DATA, 1 << QDPI_PIC_CASCADE_LINE);
    qdpi_port_write8(PIC_SECOND_DATA, QDPI_PIC_CASCADE_LINE);
    qdpi_port_write8(PIC_FIRST_DATA, PIC_INIT_8086);
    qdpi_port_write8(PIC_SECOND_DATA, PIC_INIT_8086);
    qdpi_port_write8(PIC_FIRST_DATA, (uint8_t)(PIC_ALL_MASKED & ~(1 << QDPI_PIC_CASCADE_LINE)));
    qdpi_port_write8(PIC_SECOND_DATA, PIC_ALL_MASKED);
}

void qdpi_pic_set_masked(unsigned line, bool masked)
{
    uint16_t port = line < PIC_LINES_EACH ? PIC_FIRST_DATA : PIC_SECOND_DATA;
    uint8_t bit = (uint8_t)(1u << line % PIC_LINES_EACH);
    uint32_t flags = qdpi_cpu_disable_interrupts();
    uint8_t mask = qdpi_port_read8(port);
    qdpi_port_write8(port, (uint8_t)(masked ? mask | bit : mask & ~bit));
    qdpi_cpu_restore_interrupts(flags);
}

bool qdpi_pic_is_spurious(unsigned line)
{
    if (line % PIC_LINES_EACH != PIC_LINES_EACH - 1) {
        return false;
    }
    uint16_t port = line < PIC_LINES_EACH ? PIC_FIRST_COMMAND : PIC_SECOND_COMMAND;
    qdpi_port_write8(port, PIC_READ_IN_SERVICE);
    if ((qdpi_port_read8(port) & PIC_LAST_LINE_MASK) != 0) {
        return false;
    }
    if (line >= PIC_LINES_EACH) {
        // The first controller did see its cascade line and waits for the end of that.
        qdpi_port_write8(PIC_FIRST_COMMAND, PIC_END_OF_INTERRUPT);
    }
    return true;
}

void qdpi_pic_end_interrupt(unsigned line)
{
    if (line >= PIC_LINES_EACH) {
        qdpi_port_write8(PIC_SECOND_COMMAND, PIC_END_OF_INTERRUPT);
    }
    qdpi_port_write8(PIC_FIRST_COMMAND, PIC_END_OF_INTERRUPT);
}
