// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

#include "short_slices.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/** The least that the kernel takes. */
#define SLICE_NS 100000U

/** The kernel's struct sched_attr in its first size, under a name that no C library has. */
struct scheduling {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns; /**< of a thread without real-time policy: its slice; 0: the kernel's */
    uint64_t deadline_ns;
    uint64_t period_ns;
};

void qdpi_take_short_slices(void)
{
    struct scheduling scheduling = {.size = sizeof scheduling};

    if (syscall(SYS_sched_getattr, 0, &scheduling, sizeof scheduling, 0) != 0 ||
        scheduling.policy != SCHED_OTHER)
        return;
    scheduling.runtime_ns = SLICE_NS;
    // Nothing depends on it but how soon.
    (void)syscall(SYS_sched_setattr, 0, &scheduling, 0);
}
