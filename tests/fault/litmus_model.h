// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Which outcomes of a litmus program a memory model allows, found by trying every way in which it
// can go. The model is x86-TSO: each party has a buffer of writes that only it can see, emptied in
// order into one memory; a read that finds nothing there reads memory; a full barrier waits until
// the buffer is empty.

#ifndef QDPI_TESTS_FAULT_LITMUS_MODEL_H_
#define QDPI_TESTS_FAULT_LITMUS_MODEL_H_

#include <stdint.h>

#include "qdpi_litmus.h"

/** What all results, and x and y in the end, were: QDPI_LITMUS_OUTCOME_BITS of each, in this order.
 *  Values above 3 stand for no outcome at all. */
#define QDPI_LITMUS_OUTCOME_BITS 2U
#define QDPI_LITMUS_OUTCOME_VALUES ((unsigned)(QDPI_LITMUS_PARTIES * QDPI_LITMUS_RESULTS) + 2U)
#define QDPI_LITMUS_OUTCOMES                                                                       \
    (UINT32_C(1) << (QDPI_LITMUS_OUTCOME_VALUES * QDPI_LITMUS_OUTCOME_BITS))

enum qdpi_litmus_class {
    QDPI_LITMUS_FORBIDDEN,
    QDPI_LITMUS_WEAK,        /**< only because of the buffers */
    QDPI_LITMUS_INTERLEAVED, /**< the parties were at it at the same time */
    QDPI_LITMUS_SERIAL,      /**< as if one had run after the other */
    QDPI_LITMUS_CLASSES,
};

const char *qdpi_litmus_class_name(enum qdpi_litmus_class class);

/** The class of every outcome (QDPI_LITMUS_OUTCOMES bytes, to be freed) of a program of straight
 *  sides; NULL: out of memory. */
uint8_t *qdpi_litmus_model(const enum qdpi_litmus_side sides[QDPI_LITMUS_PARTIES]);

/** Whether an operation of the side gives this result. */
int qdpi_litmus_has_result(enum qdpi_litmus_side side, unsigned result);

/** Bits of value number `index` of an outcome. */
uint32_t qdpi_litmus_outcome_place(unsigned index, uint32_t value);
uint32_t qdpi_litmus_outcome_value(uint32_t outcome, unsigned index);

#endif  // QDPI_TESTS_FAULT_LITMUS_MODEL_H_
