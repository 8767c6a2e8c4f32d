// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One text that explains a failure: what was tried, what happened, what to do.

#ifndef QDPI_USER_EXPLANATION_H_
#define QDPI_USER_EXPLANATION_H_

struct qdpi_explanation {
    char text[2048];
};

// Stores the text and returns `result`, so that a failure is one expression.
__attribute__((format(printf, 3, 4))) int qdpi_explain(struct qdpi_explanation *why, int result,
                                                       const char *format, ...);

#endif
