// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What this machine has for a guest: room, files, permissions, KVM, the QEMU that is installed.

#ifndef QDPI_TOOLS_DOCTOR_HOST_H_
#define QDPI_TOOLS_DOCTOR_HOST_H_

#include "doctor_machine.h"

/// The RAM file of a QEMU that runs, or of a simulator's file: endpoint.
void qdpi_host_judge_file(const struct qdpi_backend *backend, struct qdpi_findings *findings);

/// The place where a QEMU that does not run yet will make its RAM file.
void qdpi_host_judge_place(const struct qdpi_backend *backend, struct qdpi_findings *findings);

/// The directory of a QMP socket that is not there yet.
void qdpi_host_judge_socket_place(const char *path, struct qdpi_findings *findings);

/// Where KVM does not work and another accelerator may be taken, it is.
void qdpi_host_settle_accelerator(struct qdpi_machine_facts *facts);

void qdpi_host_judge_kvm(bool wanted, struct qdpi_findings *findings);

void qdpi_host_judge_version(int major, int minor, const char *version,
                             struct qdpi_findings *findings);

/// Ask the program for its version, if it is called like a QEMU, and judge it.
void qdpi_host_judge_program(const char *program, struct qdpi_findings *findings);

/// "USER (uid N)" of a file's owner; "nobody known" if there is no such file.
enum { QDPI_OWNER_MAX = 96 };
void qdpi_host_owner(const char *path, char owner[QDPI_OWNER_MAX]);

#endif
