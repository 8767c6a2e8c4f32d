// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The files that the guest, QEMU and the command write to.

#include "logs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COMMAND_END = 2048 };  // bytes of the command's output that are shown at its end

static int log_path(const struct qdpi_options *options, const struct qdpi_workspace *workspace,
                    const char *file, char *path)
{
    const char *folder = options->keep_log != NULL ? options->keep_log : workspace->path;
    const bool named = options->keep_log != NULL && options->name != NULL;
    const int length = snprintf(path, PATH_MAX, "%s/%s%s%s", folder, named ? options->name : "",
                                named ? "-" : "", file);
    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int open_guest_log(struct qdpi_logs *logs, const struct qdpi_options *options,
                          const struct qdpi_workspace *workspace, struct qdpi_failure *failure)
{
    const bool kept = options->keep_log != NULL;
    if (options->serial == NULL) {
        const int error = log_path(options, workspace, QDPI_CONSOLE_FILE, logs->guest_path);
        // Nested launchers share one terminal: their names tell the guests apart.
        snprintf(logs->guest_prefix, sizeof logs->guest_prefix, "%s| ",
                 options->name != NULL ? options->name : "guest");
        // With the console on the terminal itself, the file is followed only to give its memory
        // back.
        return error != 0
                   ? error
                   : qdpi_console_open(&logs->guest, logs->guest_path,
                                       options->interactive ? QDPI_CONSOLE_SILENT : STDOUT_FILENO,
                                       logs->guest_prefix, !kept, failure);
    }
    if (strlen(options->serial) >= PATH_MAX) {
        return -ENAMETOOLONG;
    }
    memcpy(logs->guest_path, options->serial, strlen(options->serial) + 1);
    if (strcmp(options->serial, "/dev/null") == 0) {
        return 0;
    }
    // A file of the user's own is checked and emptied, but not followed.
    const int error =
        qdpi_console_open(&logs->guest, logs->guest_path, QDPI_CONSOLE_SILENT, "", false, failure);
    qdpi_console_close(&logs->guest);
    return error;
}

void qdpi_logs_init(struct qdpi_logs *logs)
{
    qdpi_console_init(&logs->guest);
    qdpi_console_init(&logs->qemu);
    qdpi_console_init(&logs->command);
}

int qdpi_logs_open(struct qdpi_logs *logs, const struct qdpi_options *options,
                   const struct qdpi_workspace *workspace, struct qdpi_failure *failure)
{
    const bool kept = options->keep_log != NULL;
    char path[PATH_MAX];
    int error = open_guest_log(logs, options, workspace, failure);
    error = error != 0 ? error : log_path(options, workspace, QDPI_QEMU_LOG_FILE, path);
    error = error != 0
                ? error
                : qdpi_console_open(&logs->qemu, path, STDERR_FILENO, "qemu| ", !kept, failure);
    if (error != 0 || !options->interactive || options->command == NULL) {
        return error;
    }
    error = log_path(options, workspace, QDPI_COMMAND_LOG_FILE, logs->command_path);
    return error != 0 ? error
                      : qdpi_console_open(&logs->command, logs->command_path, QDPI_CONSOLE_SILENT,
                                          "command| ", !kept, failure);
}

void qdpi_logs_advance(struct qdpi_logs *logs)
{
    qdpi_console_advance(&logs->guest);
    qdpi_console_advance(&logs->qemu);
    qdpi_console_advance(&logs->command);
}

bool qdpi_logs_wait(const struct qdpi_logs *logs)
{
    return qdpi_console_waits(&logs->guest) || qdpi_console_waits(&logs->qemu) ||
           qdpi_console_waits(&logs->command);
}

void qdpi_logs_show_command(struct qdpi_logs *logs)
{
    qdpi_console_show_end(&logs->command, STDERR_FILENO, COMMAND_END);
}

void qdpi_logs_finish(struct qdpi_logs *logs)
{
    qdpi_console_finish(&logs->guest);
    qdpi_console_finish(&logs->qemu);
    qdpi_console_finish(&logs->command);
}

void qdpi_logs_close(struct qdpi_logs *logs)
{
    qdpi_console_close(&logs->guest);
    qdpi_console_close(&logs->qemu);
    qdpi_console_close(&logs->command);
}
