// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A thread of the test as a party of litmus programs: what RTL does, through the calls that its
// ports make. The guest's half is qemu/baremetal/mailbox_parties.c.

#ifndef QDPI_TESTS_FAULT_LITMUS_PARTY_H_
#define QDPI_TESTS_FAULT_LITMUS_PARTY_H_

#include <stdbool.h>
#include <stdint.h>

#include "qdpi_litmus.h"
#include "qemu_dpi.h"

struct qdpi_litmus_party {
    struct qdpi_bridge *bridge;
    uint64_t area; /**< GPA */
    uint32_t number;
    uint32_t mask; /**< of all parties */
    enum qdpi_litmus_side side;
    uint32_t phase;
    uint32_t progress;
    uint32_t patience; /**< looks at others that are left in this batch */
    uint32_t factor;
    uint64_t random;
    int failure; /**< what a call of the bridge returned instead of 0; -ETIME: nobody came */
    uint32_t results[QDPI_LITMUS_INSTANCES][QDPI_LITMUS_RESULTS];
};

/** Where the location of an instance is, from that of the first line on. */
uint32_t qdpi_litmus_line(uint32_t factor, uint32_t instance);

/** Wait until all have come as far. @return false: one has not, or a call has failed. */
bool qdpi_litmus_arrive(struct qdpi_litmus_party *party);

/** Run through the instances; the results are kept here. */
void qdpi_litmus_run(struct qdpi_litmus_party *party);

#endif  // QDPI_TESTS_FAULT_LITMUS_PARTY_H_
