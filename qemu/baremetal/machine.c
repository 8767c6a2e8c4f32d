// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include "cpu.h"
#include "io_port.h"
#include "test_layout.h"

enum {
    RESET_CONTROL_PORT = 0xcf9,
    RESET_CONTROL_HARD = 0x02,
    RESET_CONTROL_START = 0x04,
    KEYBOARD_COMMAND_PORT = 0x64,
    KEYBOARD_COMMAND_PULSE_RESET = 0xfe,
};

_Noreturn void qdpi_machine_exit(uint32_t value)
{
    qdpi_port_write32(QDPI_TEST_EXIT_PORT, value);
    qdpi_cpu_stop();
}

_Noreturn void qdpi_machine_reset(enum qdpi_machine_reset method)
{
    if (method == QDPI_MACHINE_RESET_KEYBOARD) {
        qdpi_port_write8(KEYBOARD_COMMAND_PORT, KEYBOARD_COMMAND_PULSE_RESET);
    } else {
        // The reset happens when the start bit goes from 0 to 1 with the kind of reset already
        // chosen.
        qdpi_port_write8(RESET_CONTROL_PORT, RESET_CONTROL_HARD);
        qdpi_port_write8(RESET_CONTROL_PORT, RESET_CONTROL_HARD | RESET_CONTROL_START);
    }
    qdpi_cpu_stop();
}
