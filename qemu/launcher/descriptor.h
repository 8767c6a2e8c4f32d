// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The launcher's standard descriptors, used without ever waiting for who is at their other end.

#ifndef QDPI_LAUNCHER_DESCRIPTOR_H_
#define QDPI_LAUNCHER_DESCRIPTOR_H_

#include <stdbool.h>

// Returns a non-blocking descriptor of our own for what `descriptor` is open on, if that can block
// and can be opened again; `owned` tells that it is to be closed. Otherwise returns `descriptor`.
// `access` is O_RDONLY or O_WRONLY.
int qdpi_descriptor_without_waiting(int descriptor, int access, bool *owned);

// How a line has to end on `descriptor`: a terminal in raw mode does not add the carriage return.
const char *qdpi_descriptor_line_end(int descriptor);

#endif
