// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Listening to what a guest reports, and printing it, a line an event.

#ifndef QDPI_TOOLS_EVENT_LISTENER_H_
#define QDPI_TOOLS_EVENT_LISTENER_H_

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "qemu_dpi.h"

/// What to print, and when to have heard enough.
struct qdpi_listener {
    bool doorbells_only;
    bool one_index;  // of doorbells: only those of `index`
    uint32_t index;
    uint64_t count;              // end after so many lines; 0: go on
    enum qdpi_event_kind until;  // end after one of this kind; QDPI_EVENT_NONE: go on
    bool limited;                // end `for_ms` after the start
    uint64_t for_ms;
    bool json;
};

/// A child parser for --count, --for and --json: its input is a struct qdpi_listener.
extern const struct argp qdpi_listener_argp;

/// "doorbell", "reset" ...: the names of the kinds. @return NULL: no such kind.
const char *qdpi_event_kind_name(enum qdpi_event_kind kind);

/// @return QDPI_EVENT_NONE: no such name.
enum qdpi_event_kind qdpi_event_kind_of(const char *name);

/// Print until there was enough, or SIGINT or SIGTERM comes. @return the exit status: TIMEOUT if
/// the count, or the kind, that was waited for did not come.
int qdpi_listen(const struct qdpi_listener *listener, struct qdpi_bridge *bridge);

#endif
