// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Files that raise a SIGBUS, accesses that meet it, and who handles it.

#ifndef QDPI_TESTS_UNIT_SIGBUS_FAULT_H_
#define QDPI_TESTS_UNIT_SIGBUS_FAULT_H_

#include <signal.h>
#include <stddef.h>

#define SIGBUS_PAGE ((size_t)4096)

/** A mapped file in memory. */
struct sigbus_file {
    int fd;
    unsigned char *start;
    size_t size;
};

/** Each byte is 0x5a. */
struct sigbus_file sigbus_file_map(size_t pages);

/** What is mapped beyond so many pages faults from here on. */
void sigbus_file_truncate(const struct sigbus_file *file, size_t pages);

void sigbus_file_unmap(const struct sigbus_file *file);

// Faults are raised by plain accesses: ThreadSanitizer carries atomic ones out inside its own
// library, where a fault meets its locks and hangs the test.
unsigned sigbus_load(const volatile unsigned char *address);
void sigbus_store(volatile unsigned char *address, unsigned char value);

/** What the signal does at the moment. */
struct sigaction sigbus_action(void);

#endif  // QDPI_TESTS_UNIT_SIGBUS_FAULT_H_
