// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A process between a simulator and QEMU that makes the simulator come late: the DMA engine's first
// soft reset and what follows it of the set-up do not reach it, as if another had heard them.

#ifndef QDPI_TESTS_FAULT_TORN_SET_UP_H_
#define QDPI_TESTS_FAULT_TORN_SET_UP_H_

#include <sys/types.h>

/** Take one simulator at the socket `listens`, and connect it with QEMU's at `qemu`. The reset and
 *  the `lost` doorbells after it are lost. Not while the test has threads. */
pid_t qdpi_torn_set_up_start(const char *listens, const char *qemu, unsigned lost);

/** End the process. 0 is allowed. */
void qdpi_torn_set_up_end(pid_t pid);

#endif  // QDPI_TESTS_FAULT_TORN_SET_UP_H_
