// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What QEMU says of a CPU and of addresses, read from the texts of its human monitor: QMP has no
// other way to them. The readers of the texts are pure.

#ifndef QDPI_CPU_STATE_H_
#define QDPI_CPU_STATE_H_

#include <stdint.h>
#include <time.h>

#include "last_error.h"
#include "qemu_dpi.h"
#include "qmp_client.h"

/** Read what "info registers" prints of one x86 CPU. @return 0; -EPROTO: a register is missing. */
int qdpi_cpu_state_read_paging(const char *text, struct qdpi_paging *paging,
                               struct qdpi_error *error);

/** Read the answer to "gva2gpa". @return 1: `gpa` is set; 0: "Unmapped"; -EPROTO. */
int qdpi_cpu_state_read_gpa(const char *text, uint64_t *gpa, struct qdpi_error *error);

/** Read the answer to "gpa2hva". @return 1: `address` is set; 0: no RAM there; -EPROTO. */
int qdpi_cpu_state_read_host_address(const char *text, uint64_t *address, struct qdpi_error *error);

/**
 * Run a command line of the human monitor for a CPU and wait for its output, to free().
 * @return as qdpi_qmp_execute().
 */
int qdpi_cpu_state_ask(struct qdpi_qmp_client *client, unsigned cpu, const char *command_line,
                       const struct timespec *deadline, char **output, struct qdpi_error *error);

#endif  // QDPI_CPU_STATE_H_
