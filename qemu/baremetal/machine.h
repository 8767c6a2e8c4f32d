// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Ending and resetting the machine.
#ifndef QDPI_BAREMETAL_MACHINE_H
#define QDPI_BAREMETAL_MACHINE_H

#include <stdint.h>

enum qdpi_machine_reset {
    QDPI_MACHINE_RESET_CONTROL_PORT,  // the chipset's reset control register at 0xcf9
    QDPI_MACHINE_RESET_KEYBOARD,      // the keyboard controller's pulse on the reset line
};

/// End QEMU through isa-debug-exit; its exit status is 2 * value + 1. Without that device the
/// processor halts.
_Noreturn void qdpi_machine_exit(uint32_t value);
_Noreturn void qdpi_machine_reset(enum qdpi_machine_reset method);

#endif
