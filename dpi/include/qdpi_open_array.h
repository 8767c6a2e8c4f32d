// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a simulation may bring, so that calls with arrays are quicker: a function that says where an
// open array's bytes are. Without it the library asks svGetArrayPtr and svSizeOfArray (IEEE
// 1800-2017, H.12.3 and H.12.4), which every simulator has. sim/verilator/open_array.cpp is
// Verilator's.

#ifndef QDPI_OPEN_ARRAY_H_
#define QDPI_OPEN_ARRAY_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qdpi_open_array {
    void *bytes; /**< NULL: not in C's layout, or too large for svSizeOfArray to tell */
    size_t size; /**< in bytes */
};

/** Where the bytes of an array are while its call lasts.
 *  @param handle  an svOpenArrayHandle, not NULL. */
struct qdpi_open_array qdpi_simulator_open_array(void *handle);

#ifdef __cplusplus
}
#endif

#endif  // QDPI_OPEN_ARRAY_H_
