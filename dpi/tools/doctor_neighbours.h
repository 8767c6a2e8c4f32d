// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Other QEMUs of this user that are in the way.

#ifndef QDPI_TOOLS_DOCTOR_NEIGHBOURS_H_
#define QDPI_TOOLS_DOCTOR_NEIGHBOURS_H_

#include <sys/types.h>

#include "doctor_machine.h"

/// Whether another QEMU than `pid` has its guest's RAM in the same file.
void qdpi_judge_neighbours(const struct qdpi_backend *backend, pid_t pid,
                           struct qdpi_findings *findings);

/// Whether somebody listens at a socket that QEMU is to make.
void qdpi_judge_socket_taken(const char *path, struct qdpi_findings *findings);

#endif
