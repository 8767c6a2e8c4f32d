// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a process grows in the course of a run: its memory that no file backs, so without the
// guest's RAM.

#ifndef QDPI_TESTS_FAULT_PROCESS_MEMORY_H_
#define QDPI_TESTS_FAULT_PROCESS_MEMORY_H_

#include <stdint.h>
#include <sys/types.h>

/** How much memory a process has had, all in all and in the first and last quarter of the run. */
struct qdpi_memory {
    pid_t pid;
    long before;
    long most;
    long most_early;
    long most_late;
};

/** In KiB. @param pid  0: this process. */
long qdpi_memory_anonymous_kib(pid_t pid);

struct qdpi_memory qdpi_memory_of(pid_t pid);

/** Look when so many of all rounds are done. */
void qdpi_memory_look(struct qdpi_memory *memory, uint64_t done, uint64_t all);

/** The most that was seen, above what it had at first. */
long qdpi_memory_growth(const struct qdpi_memory *memory);

#endif  // QDPI_TESTS_FAULT_PROCESS_MEMORY_H_
