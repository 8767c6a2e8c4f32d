// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What tests of the QMP reader feed it with and expect of it. What is not so fails the running
// test.

#ifndef QDPI_TESTS_UNIT_READER_CHECKS_H_
#define QDPI_TESTS_UNIT_READER_CHECKS_H_

#include <stddef.h>

#include "qmp_reader.h"

void reader_feed(struct qdpi_qmp_reader *reader, const char *bytes, size_t count);

/** A message of exactly `size` bytes, to free(): a string of x, with `end` instead of the last
 *  bytes. */
char *reader_message_of(size_t size, const char *end);

/** Take a message that is there, and check that it is `expected`, as compact JSON. */
void reader_assert_message(struct qdpi_qmp_reader *reader, const char *expected);

void reader_assert_no_message(struct qdpi_qmp_reader *reader);

/** The stream breaks, with `words` and with what to do in the sentence, and stays broken. */
void reader_assert_broken(struct qdpi_qmp_reader *reader, const char *words);

#endif  // QDPI_TESTS_UNIT_READER_CHECKS_H_
