// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "start.h"

#include <stddef.h>

#include "clock.h"
#include "cmdline.h"
#include "cpu.h"
#include "interrupt.h"
#include "memory.h"
#include "paging.h"
#include "serial.h"
#include "verdict.h"

_Noreturn void qdpi_start(uint32_t loader_magic, const struct qdpi_multiboot_info *info)
{
    qdpi_serial_init();
    qdpi_interrupt_init();
    qdpi_clock_init();
    if (loader_magic != QDPI_MULTIBOOT_LOADER_MAGIC) {
        qdpi_verdict_fail(QDPI_FAILURE_SETUP,
                          "not started by a Multiboot loader (expected 0x%x, got 0x%x)",
                          (uint32_t)QDPI_MULTIBOOT_LOADER_MAGIC, loader_magic);
    }
    // The loader's data lies in memory that counts as usable: read it before any of that is given
    // out.
    bool has_line = (info->flags & QDPI_MULTIBOOT_HAS_COMMAND_LINE) != 0;
    qdpi_cmdline_init(has_line ? (const char *)info->command_line : NULL);
    qdpi_memory_init(info);
    qdpi_paging_init();
    qdpi_cpu_enable_interrupts();
    qdpi_guest_main();
}
