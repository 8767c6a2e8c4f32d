// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// sim/verilator/open_array.cpp says of every array what Verilator's functions of svdpi.h say: each
// type of element, none to three dimensions, either direction; and that none is of 2 GiB or more,
// which those cannot tell. The arrays have no bytes behind them: nobody looks at those.

#include <climits>
#include <cstdio>
#include <initializer_list>
#include <utility>

#include "../../dpi/include/qdpi_open_array.h"

// The last needs this one.
#include "verilated.h"

#include "svdpi.h"
#include "verilated_sym_props.h"

#pragma weak qdpi_simulator_open_array

namespace
{
int failures;
int checks;

void compare(const VerilatedVarProps &props, bool is_too_large, const char *what)
{
    char bytes;
    VerilatedDpiOpenVar array{&props, &bytes};
    const void *const wanted = is_too_large ? nullptr : svGetArrayPtr(&array);
    const qdpi_open_array found = qdpi_simulator_open_array(&array);

    ++checks;
    if (found.bytes != wanted ||
        (wanted != nullptr && found.size != static_cast<size_t>(svSizeOfArray(&array)))) {
        std::printf("not ok - %s: %p and %zu bytes\n", what, found.bytes, found.size);
        ++failures;
    }
}

/// An array of `dimensions` dimensions, the first from [left:right] and the others of 3 and 2.
void compare_array(VerilatedVarType type, size_t element, int flags, int left, int right,
                   int dimensions)
{
    const int bounds[] = {left, right, 0, 2, 5, 4};
    const size_t behind[] = {1, 3, 6};
    const int64_t span = static_cast<int64_t>(left) - right;
    const size_t elements = static_cast<size_t>(span < 0 ? -span : span) + 1;
    char what[128];

    std::snprintf(what, sizeof what, "type %d, flags %x, %d dimensions from [%d:%d]",
                  static_cast<int>(type), static_cast<unsigned>(flags), dimensions, left, right);
    compare(VerilatedVarProps{type, flags, VerilatedVarProps::Unpacked{}, dimensions, bounds},
            elements * element * behind[dimensions - 1] > INT_MAX, what);
}
}  // namespace

int main()
{
    const std::pair<int, int> ranges[] = {
        {0, 0},           {0, 63},          {63, 0},
        {7, 100},         {100, 7},         {-3, 3},
        {0, INT_MAX - 1}, {0, INT_MAX},     {0, INT_MAX / 8 - 1},
        {0, INT_MAX / 8}, {INT_MAX / 8, 0}, {0, INT_MAX / 2},
    };
    const std::pair<VerilatedVarType, size_t> types[] = {
        {VLVT_UINT8, 1}, {VLVT_UINT16, 2}, {VLVT_UINT32, 4}, {VLVT_UINT64, 8}};
    const int c_layout = VLVD_IN | VLVF_DPI_CLAY;

    if (qdpi_simulator_open_array == nullptr) {
        std::printf(
            "not ok - sim/verilator/open_array.cpp is empty for this Verilator: calls with "
            "arrays are slower than they need be. If this test passes with the next version "
            "let in there, let it in\n");
        return 1;
    }
    for (const auto &type : types) {
        for (const int flags : {c_layout, static_cast<int>(VLVD_IN)}) {
            for (const auto &range : ranges) {
                for (int dimensions = 1; dimensions <= 3; ++dimensions)
                    compare_array(type.first, type.second, flags, range.first, range.second,
                                  dimensions);
            }
            compare(VerilatedVarProps{type.first, flags}, false, "without dimensions");
        }
    }
    if (failures == 0)
        std::printf("%d passed, 0 failed\n", checks);
    return failures == 0 ? 0 : 1;
}
