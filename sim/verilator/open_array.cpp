// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Where an open array's bytes are, as Verilator knows it: qdpi_open_array.h. Verilator's
// svSizeOfArray looks at every dimension of whatever type there is, which takes nearly a fifth of a
// short call's instructions. Compiled with the model, so that this and Verilator's header are
// always of one version; with one that has not been looked at, there is nothing here, and the
// library does without.

#include "verilated_config.h"

#if VERILATOR_VERSION_INTEGER >= 5006000 && VERILATOR_VERSION_INTEGER < 5051000

#include <climits>
#include <cstdint>

#include "qdpi_open_array.h"

// The last needs this one.
#include "verilated.h"

#include "svdpi.h"
#include "verilated_sym_props.h"

namespace
{
struct qdpi_open_array unless_too_large(void *bytes, size_t size)
{
    return {size <= INT_MAX ? bytes : nullptr, size};
}

/** The elements of a dimension, less 1. */
int64_t span(const VerilatedDpiOpenVar &array, int dimension)
{
    const int64_t difference = static_cast<int64_t>(array.left(dimension)) - array.right(dimension);

    return difference < 0 ? -difference : difference;
}

/** Any other array; and what is none, which Verilator ends the simulation for. */
__attribute__((noinline)) struct qdpi_open_array find_any(void *handle)
{
    void *const bytes = svGetArrayPtr(handle);
    const auto &array = *static_cast<const VerilatedDpiOpenVar *>(handle);

    // Verilator counts the elements of a dimension in an int.
    for (int dimension = 1; dimension <= array.udims(); ++dimension) {
        if (span(array, dimension) >= INT_MAX)
            return {nullptr, 0};
    }
    return unless_too_large(bytes, array.totalSize());
}
}  // namespace

struct qdpi_open_array qdpi_simulator_open_array(void *handle)
{
    const auto &array = *static_cast<const VerilatedDpiOpenVar *>(handle);

    // What the imports of qemu_dpi_pkg take: one dimension, of byte or longint.
    if (VL_LIKELY(array.magicOk() && array.isDpiStdLayout() && array.udims() == 1)) {
        const auto elements = static_cast<size_t>(span(array, 1)) + 1;

        if (array.vltype() == VLVT_UINT8)
            return unless_too_large(array.datap(), elements);
        if (array.vltype() == VLVT_UINT64)
            return unless_too_large(array.datap(), elements * sizeof(QData));
    }
    return find_any(handle);
}

#endif
