// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a subcommand of qemu-dpi is.

#ifndef QDPI_TOOLS_COMMAND_H_
#define QDPI_TOOLS_COMMAND_H_

/// Exit statuses of all subcommands; docs and man pages have the same list.
enum qdpi_exit {
    QDPI_EXIT_OK = 0,
    QDPI_EXIT_NO = 1,       ///< the answer is no: differs, not found, not ready
    QDPI_EXIT_USAGE = 2,    ///< wrong options or arguments
    QDPI_EXIT_ATTACH = 3,   ///< the guest could not be attached to
    QDPI_EXIT_ACCESS = 4,   ///< no RAM there, ROM, refused by QEMU, or the guest was lost
    QDPI_EXIT_FILE = 5,     ///< a file or stream of this side could not be read or written
    QDPI_EXIT_TIMEOUT = 6,  ///< what was waited for did not come
};

struct qdpi_command {
    const char *name;
    const char *summary;  ///< one line for the list of subcommands
    /// Parses with argp, from argv[0] on, which says "qemu-dpi NAME". @return the exit status.
    int (*run)(int argc, char **argv);
};

extern const struct qdpi_command qdpi_command_doctor;
extern const struct qdpi_command qdpi_command_map;
extern const struct qdpi_command qdpi_command_read;
extern const struct qdpi_command qdpi_command_write;
extern const struct qdpi_command qdpi_command_fill;
extern const struct qdpi_command qdpi_command_dump;
extern const struct qdpi_command qdpi_command_load;
extern const struct qdpi_command qdpi_command_crc;
extern const struct qdpi_command qdpi_command_search;
extern const struct qdpi_command qdpi_command_diff;
extern const struct qdpi_command qdpi_command_watch;
extern const struct qdpi_command qdpi_command_translate;
extern const struct qdpi_command qdpi_command_irq;
extern const struct qdpi_command qdpi_command_nmi;
extern const struct qdpi_command qdpi_command_doorbell;
extern const struct qdpi_command qdpi_command_events;
extern const struct qdpi_command qdpi_command_stop;
extern const struct qdpi_command qdpi_command_cont;
extern const struct qdpi_command qdpi_command_reset;
extern const struct qdpi_command qdpi_command_stats;
extern const struct qdpi_command qdpi_command_run;

#endif
