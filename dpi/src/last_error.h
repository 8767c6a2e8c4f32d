// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The sentence that goes with a negative result. Every function that can fail for a reason the user
// can mend takes one: what was tried, what happened, what to do.

#ifndef QDPI_LAST_ERROR_H_
#define QDPI_LAST_ERROR_H_

#include <stdarg.h>

#define QDPI_ERROR_TEXT_MAX 768

/** One sentence; empty when nothing failed. Initialise with {.text = ""}. */
struct qdpi_error {
    char text[QDPI_ERROR_TEXT_MAX];
};

/**
 * Record a sentence unless one is there already (the first failure is the cause, later ones its
 * consequences), and hand back `result`, so that a failure is one expression:
 *     return qdpi_fail(error, -EINVAL, "endpoint \"%s\": ...", text);
 * A sentence that does not fit is cut. `error` may be NULL.
 */
int qdpi_fail(struct qdpi_error *error, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif  // QDPI_LAST_ERROR_H_
