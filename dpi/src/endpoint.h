// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Endpoint text -> what to attach to. Pure.

#ifndef QDPI_ENDPOINT_H_
#define QDPI_ENDPOINT_H_

#include <stdbool.h>
#include <stdint.h>

#include "last_error.h"

#define QDPI_ENDPOINT_PATH_MAX 4096

enum qdpi_endpoint_kind {
    QDPI_ENDPOINT_QMP,  /**< qmp:PATH?owner=any&prefault=yes */
    QDPI_ENDPOINT_FILE, /**< file:PATH?size=SIZE&machine=flat|pc|q35&owner=any&prefault=yes */
};

enum qdpi_machine {
    QDPI_MACHINE_FLAT,
    QDPI_MACHINE_PC,
    QDPI_MACHINE_Q35,
};

struct qdpi_endpoint {
    enum qdpi_endpoint_kind kind;
    enum qdpi_machine machine; /**< file: only */
    bool any_owner;            /**< the guest may be another user's */
    bool prefault;             /**< map what RAM there is while attaching */
    uint64_t size;             /**< file: only; 0: the file's own size */
    char path[QDPI_ENDPOINT_PATH_MAX];
};

/**
 * Parse `text`. Everything in it must be understood: an unknown scheme, key, value or suffix, a key
 * given twice, an empty path, an embedded control character, a size of 0 or not a multiple of 4096
 * or beyond 2^62, a path of a QMP socket longer than a UNIX socket address holds, is -EINVAL with a
 * sentence that shows the right form. The first '?' starts the keys; in PATH,
 * "%3F" and "%25" stand for '?' and '%'.
 */
int qdpi_endpoint_parse(const char *text, struct qdpi_endpoint *endpoint, struct qdpi_error *error);

#endif  // QDPI_ENDPOINT_H_
