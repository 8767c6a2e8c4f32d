// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Follows a file that QEMU writes, the guest's console or QEMU's messages, and prints its lines
// with a prefix.
//
// A file is the one kind of channel that QEMU can never block on: nobody has to read it. Blocking
// on a pipe or socket that nobody drains would stop the whole of QEMU, its monitors included.

#ifndef QDPI_LAUNCHER_CONSOLE_H_
#define QDPI_LAUNCHER_CONSOLE_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct qdpi_failure;

enum {
    QDPI_CONSOLE_CHUNK = 4096,
    QDPI_CONSOLE_LINE = 1024,
    QDPI_CONSOLE_PREFIX = 40,
    QDPI_CONSOLE_SILENT = -1,  // the output of a file that is followed without being printed
    // The worst chunk is all line ends: each of them a prefix and a carriage return more.
    QDPI_CONSOLE_PENDING =
        QDPI_CONSOLE_CHUNK * (QDPI_CONSOLE_PREFIX + sizeof "\r\n") + QDPI_CONSOLE_LINE,
};

struct qdpi_console {
    int file;            // -1: nothing is followed
    int output;          // where the lines go, non-blocking where the kernel offers it
    bool output_owned;   // output is a descriptor of our own
    bool broken;         // nobody reads the output any more; the rest is dropped
    bool discard;        // give the memory of what has been printed back: the file is in a tmpfs
    const char *prefix;  // before each line, shorter than QDPI_CONSOLE_PREFIX; not owned
    off_t offset;        // how far the file has been read
    off_t released;      // how far its memory has been given back
    size_t line_length;  // a line that has no end yet
    char line[QDPI_CONSOLE_LINE];
    size_t pending_length;  // printed lines that the output did not take yet
    size_t pending_sent;
    char pending[QDPI_CONSOLE_PENDING];
};

void qdpi_console_init(struct qdpi_console *console);

// Creates `path`, empties it if it exists, and follows it. Lines go to descriptor `output` after
// `prefix`, or nowhere with QDPI_CONSOLE_SILENT. Returns 0, or -errno with `failure` filled.
int qdpi_console_open(struct qdpi_console *console, const char *path, int output,
                      const char *prefix, bool discard, struct qdpi_failure *failure);

// Prints what has come, as far as the output takes it without waiting.
void qdpi_console_advance(struct qdpi_console *console);

// True when something waits for the output to become writable.
static inline bool qdpi_console_waits(const struct qdpi_console *console)
{
    return console->pending_sent < console->pending_length && !console->broken;
}

// After the writer has ended: prints from here on to `output`, beginning with the last `most` bytes
// of what has come, at a line's start.
void qdpi_console_show_end(struct qdpi_console *console, int output, off_t most);

// After the writer has ended: prints a last line that has no end.
void qdpi_console_finish(struct qdpi_console *console);

void qdpi_console_close(struct qdpi_console *console);

#endif
