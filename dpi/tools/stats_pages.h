// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The statistics pages of this user's bridges: found, read, and swept when their process is gone.

#ifndef QDPI_TOOLS_STATS_PAGES_H_
#define QDPI_TOOLS_STATS_PAGES_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// The page's layout is the library's inside: no other program is meant to read it.
#include "statistics.h"

/// One bridge at one moment.
struct qdpi_stats {
    char file[64];       ///< names the bridge together with page.started_us
    uint64_t moment_us;  ///< of qdpi_clock_us()
    struct qdpi_statistics_page page;
    struct qdpi_statistics_slot memory;  ///< the sum of all threads' slots
};

/// All bridges at one moment, in the order of their processes.
struct qdpi_stats_list {
    struct qdpi_stats *bridges;
    size_t count;
    size_t unreadable;  ///< pages of another version of the library
};

/// Read all pages in `folder`, or with `pid` not 0 those of one process, and remove those whose
/// process has ended. @return 0, or a negative errno value: no such folder, no memory. To be freed.
int qdpi_stats_take(const char *folder, pid_t pid, struct qdpi_stats_list *list);
void qdpi_stats_free(struct qdpi_stats_list *list);

/// The same bridge in an earlier list, or NULL.
const struct qdpi_stats *qdpi_stats_find(const struct qdpi_stats_list *list,
                                         const struct qdpi_stats *bridge);

#endif
