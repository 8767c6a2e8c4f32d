// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A thread that works for microseconds at a time and is waited for by others that spin.

#ifndef QDPI_SHORT_SLICES_H_
#define QDPI_SHORT_SLICES_H_

/**
 * Let the calling thread run as soon as it wakes, where every processor is taken by threads that
 * spin: a simulator that polls, and a guest. Otherwise the kernel may first let one of them finish
 * its slice, some 3 ms. The thread gets no more of the processor than before, only sooner and in
 * smaller pieces. Kernels before 6.12 have no such slices: there nothing changes, nor for a thread
 * that somebody has given a real-time policy.
 * Source: sched_setattr(2); "EEVDF Scheduler" in the kernel's documentation.
 */
void qdpi_take_short_slices(void);

#endif  // QDPI_SHORT_SLICES_H_
