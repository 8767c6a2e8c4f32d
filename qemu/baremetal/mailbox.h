// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's end of the mailbox, and the commands that come through it.
#ifndef QDPI_BAREMETAL_MAILBOX_H
#define QDPI_BAREMETAL_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

enum qdpi_mailbox_layout {
#include "qdpi_mailbox_layout.inc"
};

/// One command. It reads its arguments from and writes its results to arrays of the sizes that the
/// layout gives, and returns the status.
typedef uint32_t qdpi_mailbox_command(const uint64_t *arguments, uint64_t *results);

/// Clear the mailbox, count the start, and announce that the guest serves.
void qdpi_mailbox_init(void);

/// Wait for the next command; copies its arguments.
uint32_t qdpi_mailbox_receive(uint64_t *arguments);
void qdpi_mailbox_answer(uint32_t status, const uint64_t *results);

/// Say that the guest no longer serves.
void qdpi_mailbox_close(void);

/// Take the windows through which the commands below reach memory; call it once.
void qdpi_mailbox_range_init(void);
void qdpi_mailbox_litmus_init(void);
void qdpi_mailbox_parties_init(void);

qdpi_mailbox_command qdpi_mailbox_fill;
qdpi_mailbox_command qdpi_mailbox_sum;
qdpi_mailbox_command qdpi_mailbox_add;
qdpi_mailbox_command qdpi_mailbox_compare_swap;
qdpi_mailbox_command qdpi_mailbox_produce;
qdpi_mailbox_command qdpi_mailbox_consume;
qdpi_mailbox_command qdpi_mailbox_toggle;
qdpi_mailbox_command qdpi_mailbox_watch;
qdpi_mailbox_command qdpi_mailbox_parties;
qdpi_mailbox_command qdpi_mailbox_echo;

#endif
