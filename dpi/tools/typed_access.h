// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One value of guest memory, in one access of its width.

#ifndef QDPI_TOOLS_TYPED_ACCESS_H_
#define QDPI_TOOLS_TYPED_ACCESS_H_

#include <stdint.h>

#include "qemu_dpi.h"

/// @param width  1, 2, 4 or 8. @return what qdpi_mem_read8() and its like return.
int qdpi_typed_read(struct qdpi_bridge *bridge, uint64_t gpa, unsigned width, uint64_t *value);
int qdpi_typed_write(struct qdpi_bridge *bridge, uint64_t gpa, unsigned width, uint64_t value);

#endif
