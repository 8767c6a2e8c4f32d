// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Between the boot code and a guest's own main function.
#ifndef QDPI_BAREMETAL_START_H
#define QDPI_BAREMETAL_START_H

#include <stdint.h>

#include "multiboot.h"

/// What boot.S calls: brings the drivers up, enables interrupts, runs the guest.
_Noreturn void qdpi_start(uint32_t loader_magic, const struct qdpi_multiboot_info *info);

/// Each guest defines it. It ends with a verdict or by ending the machine.
_Noreturn void qdpi_guest_main(void);

#endif
