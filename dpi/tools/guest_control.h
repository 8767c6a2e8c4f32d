// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Subcommands that do one thing to the guest and have no options but how to attach.

#ifndef QDPI_TOOLS_GUEST_CONTROL_H_
#define QDPI_TOOLS_GUEST_CONTROL_H_

#include "qemu_dpi.h"

struct qdpi_guest_control {
    const char *what;  ///< "stop the guest": for messages
    const char *doc;   ///< for --help
    /// @return as the calls of the API.
    int (*act)(struct qdpi_bridge *bridge, unsigned timeout_ms);
};

/// Parse, attach, act. @return the exit status.
int qdpi_run_guest_control(const struct qdpi_guest_control *control, int argc, char **argv);

#endif
