// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Follows a file that QEMU writes and prints its lines with a prefix.

#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptor.h"
#include "failure.h"

enum {
    RELEASE_STEP = 1 << 20,  // give memory back in steps, not by the line
    BACKLOG_LIMIT =
        64 << 20,  // a reader so far behind loses lines, rather than the guest its memory
    BACKLOG_KEPT = 1 << 20,
    CHUNKS_AT_ONCE = 16,  // then signals and deadlines get their turn
};

void qdpi_console_init(struct qdpi_console *console)
{
    console->file = -1;
    console->output = -1;
    console->output_owned = false;
    console->broken = false;
    console->offset = 0;
    console->released = 0;
    console->line_length = 0;
    console->pending_length = 0;
    console->pending_sent = 0;
}

static void open_output(struct qdpi_console *console, int output)
{
    console->broken = output == QDPI_CONSOLE_SILENT;
    console->output = qdpi_descriptor_without_waiting(output, O_WRONLY, &console->output_owned);
}

int qdpi_console_open(struct qdpi_console *console, const char *path, int output,
                      const char *prefix, bool discard, struct qdpi_failure *failure)
{
    qdpi_console_init(console);
    // No link, which in a folder like /tmp may be somebody else's and lead to a file of this
    // user's.
    const int file =
        open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0600);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        const int error = errno;
        qdpi_failure_set(failure, QDPI_EXIT_NOT_STARTED,
                         "cannot create the log file %s: %s; choose another place", path,
                         error == ELOOP ? "it is a symbolic link" : strerror(error));
        if (file >= 0) {
            close(file);
        }
        return -error;
    }
    if (!S_ISREG(status.st_mode)) {
        close(file);
        qdpi_failure_set(
            failure, QDPI_EXIT_NOT_STARTED,
            "%s is not a regular file: QEMU would stand still whenever nobody reads it; "
            "choose another place",
            path);
        return -EINVAL;
    }
    console->file = file;
    open_output(console, output);
    console->prefix = prefix;
    console->discard = discard;
    return 0;
}

static void queue(struct qdpi_console *console, const char *text, size_t length)
{
    memcpy(console->pending + console->pending_length, text, length);
    console->pending_length += length;
}

static void queue_line(struct qdpi_console *console)
{
    queue(console, console->prefix, strlen(console->prefix));
    queue(console, console->line, console->line_length);
    const char *end = qdpi_descriptor_line_end(console->output);
    queue(console, end, strlen(end));
    console->line_length = 0;
}

static void take_byte(struct qdpi_console *console, char byte)
{
    if (byte == '\n') {
        queue_line(console);
        return;
    }
    if (byte == '\r') {
        return;
    }
    // A guest may send anything; none of it shall clear or re-program the user's terminal.
    const bool control = ((unsigned char)byte < ' ' && byte != '\t') || byte == 0x7f;
    if (control) {
        console->line[console->line_length++] = '^';
        byte = (char)(byte ^ 0x40);
    }
    console->line[console->line_length++] = byte;
    if (console->line_length + 2 > sizeof console->line) {
        queue_line(console);
    }
}

static void skip_backlog(struct qdpi_console *console)
{
    struct stat status;
    if (fstat(console->file, &status) != 0 || status.st_size - console->offset < BACKLOG_LIMIT) {
        return;
    }
    console->offset = status.st_size - BACKLOG_KEPT;
    const int length = snprintf(console->line, sizeof console->line,
                                "[output that nobody read in time is left out here]");
    console->line_length = (size_t)length;
}

static void release_memory(struct qdpi_console *console)
{
    // The last step is kept: its end may be shown once more.
    const off_t length = ((console->offset - console->released) / RELEASE_STEP - 1) * RELEASE_STEP;
    if (console->discard && length > 0) {
        // QEMU goes on writing at its own offset; the hole before it costs nothing.
        fallocate(console->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, console->released,
                  length);
        console->released += length;
    }
}

// Returns true when the output has taken all that was pending.
static bool flush(struct qdpi_console *console)
{
    while (qdpi_console_waits(console)) {
        struct pollfd output = {.fd = console->output, .events = POLLOUT};
        if (poll(&output, 1, 0) <= 0) {
            return false;
        }
        // Not more than a pipe takes at once when it says that it is writable.
        size_t length = console->pending_length - console->pending_sent;
        length = length < QDPI_CONSOLE_CHUNK ? length : QDPI_CONSOLE_CHUNK;
        const ssize_t written =
            write(console->output, console->pending + console->pending_sent, length);
        if (written >= 0) {
            console->pending_sent += (size_t)written;
        } else if (errno == EAGAIN || errno == EINTR) {
            return false;
        } else {
            console->broken = true;
        }
    }
    console->pending_length = 0;
    console->pending_sent = 0;
    return true;
}

void qdpi_console_advance(struct qdpi_console *console)
{
    if (console->file < 0) {
        return;
    }
    skip_backlog(console);
    for (int chunk = 0; chunk < CHUNKS_AT_ONCE && flush(console); chunk++) {
        char bytes[QDPI_CONSOLE_CHUNK];
        const ssize_t length = pread(console->file, bytes, sizeof bytes, console->offset);
        if (length <= 0) {
            break;
        }
        console->offset += length;
        for (ssize_t i = 0; i < length; i++) {
            take_byte(console, bytes[i]);
        }
    }
    release_memory(console);
}

void qdpi_console_show_end(struct qdpi_console *console, int output, off_t most)
{
    struct stat status;
    if (console->file < 0 || fstat(console->file, &status) != 0) {
        return;
    }
    open_output(console, output);
    console->line_length = 0;
    console->pending_length = 0;
    console->pending_sent = 0;
    console->offset = 0;
    if (status.st_size > most) {
        char bytes[QDPI_CONSOLE_LINE];
        const off_t start = status.st_size - most;
        const ssize_t length = pread(console->file, bytes, sizeof bytes, start);
        const char *end = length > 0 ? memchr(bytes, '\n', (size_t)length) : NULL;
        console->offset = end != NULL ? start + (end - bytes) + 1 : start;
    }
}

void qdpi_console_finish(struct qdpi_console *console)
{
    if (console->file >= 0 && console->line_length > 0 && !qdpi_console_waits(console)) {
        queue_line(console);
        flush(console);
    }
}

void qdpi_console_close(struct qdpi_console *console)
{
    if (console->file >= 0) {
        close(console->file);
    }
    if (console->output_owned) {
        close(console->output);
    }
    qdpi_console_init(console);
}
