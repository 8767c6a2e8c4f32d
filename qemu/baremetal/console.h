// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Formatted text on the serial port.
#ifndef QDPI_BAREMETAL_CONSOLE_H
#define QDPI_BAREMETAL_CONSOLE_H

#include <stdarg.h>

/// The part of printf() that the guests use: %s %c %u %x %llu %llx, with a width and zero padding
/// (%08x), and %%.
__attribute__((format(printf, 1, 2))) void qdpi_print(const char *format, ...);
__attribute__((format(printf, 1, 0))) void qdpi_print_list(const char *format, va_list arguments);

#endif
