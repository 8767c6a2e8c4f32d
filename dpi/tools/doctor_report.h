// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the doctor says in the end.

#ifndef QDPI_TOOLS_DOCTOR_REPORT_H_
#define QDPI_TOOLS_DOCTOR_REPORT_H_

#include <jansson.h>

#include "doctor_examination.h"

/// The exit status for what was found, when `needs` are needed.
int qdpi_report_status(const struct qdpi_examination *examination, unsigned needs);

/// For people, on standard output; the last line is the verdict.
void qdpi_report_print(const struct qdpi_examination *examination, unsigned needs);

/// For programs. @return a new reference, NULL without memory.
json_t *qdpi_report_json(const struct qdpi_examination *examination, unsigned needs);

#endif
