// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The second processor: asleep but for the work it is given. Its interrupts stay disabled.
#ifndef QDPI_BAREMETAL_SECOND_CPU_H
#define QDPI_BAREMETAL_SECOND_CPU_H

#include <stdbool.h>

typedef void qdpi_second_cpu_work(void *context);

/// Take the window on the local APIC; call it once, before the others.
void qdpi_second_cpu_init(void);

/// Start the second processor on `work`; it goes on beside the caller. What the windows show must
/// not be changed until it has ended. Needs interrupts. Returns whether there is such a processor.
bool qdpi_second_cpu_start(qdpi_second_cpu_work *work, void *context);

/// Wait for the end of the work.
void qdpi_second_cpu_finish(void);

#endif
