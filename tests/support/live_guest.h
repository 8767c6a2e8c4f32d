// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest program guest_memory.elf in a live QEMU: the way to its mailbox, and what a test
// expects of a bridge to it. What goes wrong here fails the running test.

#ifndef QDPI_TESTS_SUPPORT_LIVE_GUEST_H_
#define QDPI_TESTS_SUPPORT_LIVE_GUEST_H_

#include "live_qemu.h"

enum {
#include "qdpi_mailbox_layout.inc"
};

/** Wait until the guest serves and has started `boots` times over this RAM. */
void qdpi_live_guest_await(struct qdpi_bridge *bridge, uint32_t boots);

/** Give the guest a command; it works on while the caller does other things. */
void qdpi_live_guest_post(struct qdpi_bridge *bridge, uint32_t command,
                          const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS]);

bool qdpi_live_guest_has_answered(struct qdpi_bridge *bridge);

/** Wait for the answer, which must be QDPI_MAILBOX_STATUS_OK. `results` may be NULL. */
void qdpi_live_guest_finish(struct qdpi_bridge *bridge, unsigned timeout_ms,
                            uint64_t results[QDPI_MAILBOX_RESULTS]);

/** Post and finish. @return the first result. */
uint64_t qdpi_live_guest_call(struct qdpi_bridge *bridge, uint32_t command,
                              const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS]);

/** The same for commands of at most two arguments. */
void qdpi_live_guest_tell(struct qdpi_bridge *bridge, uint32_t command, uint64_t first,
                          uint64_t second);
uint64_t qdpi_live_guest_ask(struct qdpi_bridge *bridge, uint32_t command, uint64_t first,
                             uint64_t second);

/** QEMU 0 with the guest, and bridge 0 to it. `ram` may be NULL. */
struct qdpi_bridge *qdpi_live_guest_start(struct qdpi_live *live, const char *ram);

/** How many interrupts the guest has counted on the line. */
uint64_t qdpi_live_guest_counted(struct qdpi_bridge *bridge, unsigned line);

/** Wait until the guest has counted exactly so many. */
void qdpi_live_guest_await_count(struct qdpi_bridge *bridge, unsigned line, uint64_t count);

/** The next event, which must be of this kind. @return its value. */
uint64_t qdpi_live_expect_event(struct qdpi_bridge *bridge, enum qdpi_event_kind kind);

void qdpi_live_expect_no_event(struct qdpi_bridge *bridge);

/** The sentence of the last error must contain `part`. */
void qdpi_live_check_sentence(struct qdpi_bridge *bridge, const char *part);

#endif  // QDPI_TESTS_SUPPORT_LIVE_GUEST_H_
