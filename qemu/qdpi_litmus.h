// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The numbers that a test and its guest share about litmus programs: the area, and the sides.
#ifndef QDPI_LITMUS_H
#define QDPI_LITMUS_H

#include <stdint.h>

enum qdpi_litmus_layout {
#include "qdpi_litmus_layout.inc"
};

/// What a party does. The straight programs are in qdpi_litmus_sides.inc; the others, one by one:
enum qdpi_litmus_side {
    QDPI_LITMUS_SIDE_NONE,  // takes no part
#define QDPI_LITMUS_SIDE(name, operations) QDPI_LITMUS_SIDE_##name,
#include "qdpi_litmus_sides.inc"
    QDPI_LITMUS_SIDE_STRAIGHT_END,
    // All parties on one word, x of line 0; the first result is what its lower 32 bits were before.
    QDPI_LITMUS_SIDE_ADD_32 = QDPI_LITMUS_SIDE_STRAIGHT_END,  // adds 1
    QDPI_LITMUS_SIDE_ADD_64,
    QDPI_LITMUS_SIDE_COMPARE_SWAP_32,  // adds 1 by compare-and-swap
    QDPI_LITMUS_SIDE_COMPARE_SWAP_64,
    // Takes the lock at x of line 0 by compare-and-swap of 0 by its number + 1, adds 1 to each of
    // the words that it protects, one after the other, and gives it back by a plain write of 0.
    // Results: the first word before; how many of the others were not equal to it.
    QDPI_LITMUS_SIDE_LOCK,
    // The word at x of line 0 becomes all ones, then all zeros, in turn; one access each.
    QDPI_LITMUS_SIDE_TOGGLE_8,
    QDPI_LITMUS_SIDE_TOGGLE_16,
    QDPI_LITMUS_SIDE_TOGGLE_32,
    QDPI_LITMUS_SIDE_TOGGLE_64,
    // And is read; the first result is QDPI_LITMUS_VALUE_*.
    QDPI_LITMUS_SIDE_WATCH_8,
    QDPI_LITMUS_SIDE_WATCH_16,
    QDPI_LITMUS_SIDE_WATCH_32,
    QDPI_LITMUS_SIDE_WATCH_64,
    // The line at x becomes all ones by one wide access, then the 32 bits at y 1. The guest writes
    // word by word.
    QDPI_LITMUS_SIDE_WRITE_WIDE_Y1,
    // Reads y, then the line at x by one wide access. Results: y; how many of the line's 64-bit
    // words were seen written, plus 256 for each that was seen half written.
    QDPI_LITMUS_SIDE_READ_Y_WIDE,
    QDPI_LITMUS_SIDES,
};

static inline uint32_t qdpi_litmus_chunk(enum qdpi_litmus_side side)
{
    return side >= QDPI_LITMUS_SIDE_ADD_32 && side <= QDPI_LITMUS_SIDE_WATCH_64
               ? QDPI_LITMUS_CHUNK_ONE_LINE
               : QDPI_LITMUS_CHUNK;
}

#endif
