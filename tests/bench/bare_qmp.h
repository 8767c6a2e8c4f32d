// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a user would write instead of the library: a QMP client of blocking reads and writes,
// without a JSON library, without a thread, without care.

#ifndef QDPI_TESTS_BENCH_BARE_QMP_H_
#define QDPI_TESTS_BENCH_BARE_QMP_H_

#include <stdbool.h>
#include <stddef.h>

struct bare_qmp {
    int fd;
    size_t length;
    char bytes[8192];
};

/** Connect and negotiate. @return false: it cannot be. */
bool bare_qmp_open(struct bare_qmp *qmp, const char *path);
void bare_qmp_close(struct bare_qmp *qmp);

/** One write. */
bool bare_qmp_send(const struct bare_qmp *qmp, const char *line);

/** Read until a line contains `word`, and forget everything up to its end. */
bool bare_qmp_await(struct bare_qmp *qmp, const char *word);

#endif  // QDPI_TESTS_BENCH_BARE_QMP_H_
