// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What stands where in the guest: asks QEMU over QMP (or takes the endpoint's word) for RAM
// backends, their files and the memory map, and for what the guest was given for doorbells and
// interrupts.

#ifndef QDPI_DISCOVERY_H_
#define QDPI_DISCOVERY_H_

#include <stdbool.h>
#include <time.h>

#include "endpoint.h"
#include "guest_ram.h"
#include "last_error.h"
#include "memory_map.h"
#include "qmp_client.h"

/**
 * Map the file of a file: endpoint and lay it out as its machine would.
 * @param map  receives a map to free().
 */
int qdpi_discover_file(const struct qdpi_endpoint *endpoint, struct qdpi_guest_ram *ram,
                       struct qdpi_memory_map **map, struct qdpi_error *error);

/**
 * Ask QEMU for its memory map; RAM files that are not in `ram` yet are found and mapped.
 * @param backends_changed  memory was unplugged since: a backend's name may mean another file now.
 * @param map               receives a map to free().
 * @return 0; -EOPNOTSUPP: no guest RAM is in a shared file, with the option to add; what
 *         qdpi_guest_ram_add() and qdpi_qmp_execute() return.
 */
int qdpi_discover_map(struct qdpi_qmp_client *client, struct qdpi_guest_ram *ram,
                      bool backends_changed, const struct timespec *deadline,
                      struct qdpi_memory_map **map, struct qdpi_error *error);

/**
 * Ask QEMU all about a guest: its memory map, as above, and what else it has.
 * @param features        receives QDPI_FEATURE_* bits.
 */
int qdpi_discover_guest(struct qdpi_qmp_client *client, struct qdpi_guest_ram *ram,
                        const struct timespec *deadline, struct qdpi_memory_map **map,
                        unsigned *features, struct qdpi_error *error);

#endif  // QDPI_DISCOVERY_H_
