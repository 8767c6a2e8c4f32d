// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a command line says of the machine, its monitors and its consoles. Pure.

#ifndef QDPI_TOOLS_DOCTOR_LINE_FACTS_H_
#define QDPI_TOOLS_DOCTOR_LINE_FACTS_H_

#include "doctor_command_line.h"
#include "doctor_machine.h"

enum {
    QDPI_MONITORS_MAX = 16,
    QDPI_MONITOR_PATH_MAX = 4096,
};

/// A QMP monitor on a UNIX socket at which QEMU listens.
struct qdpi_line_monitor {
    char path[QDPI_MONITOR_PATH_MAX];
    bool wait;  ///< QEMU does not start before somebody connects
};

struct qdpi_line_monitors {
    struct qdpi_line_monitor list[QDPI_MONITORS_MAX];
    size_t count;
    unsigned clients;  ///< further ones for which QEMU connects to somebody
    unsigned others;   ///< further ones on TCP, a file descriptor or a terminal
};

/// @param directory  where relative paths start; NULL: leave them.
void qdpi_line_facts(const struct qdpi_command_line *line, const char *directory,
                     struct qdpi_machine_facts *facts);

void qdpi_line_monitors(const struct qdpi_command_line *line, const char *directory,
                        struct qdpi_line_monitors *monitors);

/// What is missing or dangerous about the monitors.
void qdpi_line_judge_monitors(const struct qdpi_line_monitors *monitors,
                              struct qdpi_findings *findings);

/// What is dangerous about the rest: consoles, default devices, options in files.
void qdpi_line_judge_rest(const struct qdpi_command_line *line, struct qdpi_findings *findings);

#endif
