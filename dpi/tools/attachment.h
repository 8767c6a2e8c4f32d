// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The options by which every subcommand finds its guest, and how it attaches.

#ifndef QDPI_TOOLS_ATTACHMENT_H_
#define QDPI_TOOLS_ATTACHMENT_H_

#include <argp.h>
#include <stdbool.h>

#include "qemu_dpi.h"

struct qdpi_attachment {
    const char *endpoint;  ///< -e, --endpoint=ENDPOINT; NULL: $QEMU_DPI. A bare path of a socket is
                           ///< qmp:PATH
    unsigned timeout_ms;   ///< --timeout=SECONDS, default 5: to attach, and for each answer
};

/// A child parser for a subcommand's argp: its input is a struct qdpi_attachment, which it sets to
/// the defaults first.
extern const struct argp qdpi_attachment_argp;

/// Whether `endpoint` is the bare path of a socket, or of one that QEMU has still to make.
bool qdpi_attachment_is_socket(const char *endpoint);

/// Attach; on failure say why on standard error. @return QDPI_EXIT_OK or QDPI_EXIT_ATTACH.
int qdpi_attach(const struct qdpi_attachment *attachment, struct qdpi_bridge **bridge);

/// What a subcommand with a guest is: parse the arguments into `options`, which begin with a struct
/// qdpi_attachment, attach, act, and close. @return what `act` returns, or why it did not come to
/// that.
int qdpi_run_attached(const struct argp *argp, int argc, char **argv, void *options,
                      int (*act)(struct qdpi_bridge *bridge, void *options));

/// Say on standard error what failed: "qemu-dpi: WHAT: the bridge's sentence".
/// @return the exit status for `result`: QDPI_EXIT_TIMEOUT or QDPI_EXIT_ACCESS.
int qdpi_tell_failure(struct qdpi_bridge *bridge, int result, const char *what_format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
