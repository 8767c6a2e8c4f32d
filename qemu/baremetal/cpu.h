// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the processor itself offers: the interrupt flag and waiting for an interrupt.
#ifndef QDPI_BAREMETAL_CPU_H
#define QDPI_BAREMETAL_CPU_H

#include <stdint.h>

/// Disable interrupts; hand the result to qdpi_cpu_restore_interrupts(), so that such sections
/// nest.
static inline uint32_t qdpi_cpu_disable_interrupts(void)
{
    uint32_t flags;
    __asm__ volatile("pushfl\n\tpopl %0\n\tcli" : "=r"(flags) : : "memory");
    return flags;
}

static inline void qdpi_cpu_restore_interrupts(uint32_t flags)
{
    __asm__ volatile("pushl %0\n\tpopfl" : : "r"(flags) : "memory", "cc");
}

static inline void qdpi_cpu_enable_interrupts(void)
{
    __asm__ volatile("sti" : : : "memory");
}

/// Sleep until the next interrupt has been handled; returns with interrupts enabled. Called with
/// interrupts disabled, no wake-up falls between the caller's last look at what it waits for and
/// the sleep: STI takes effect only after HLT has begun. Called with interrupts enabled, one may,
/// and the sleep then lasts until the next tick of the clock.
static inline void qdpi_cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti\n\thlt" : : : "memory");
}

/// The time-stamp counter, which stock QEMU lets run at one rate.
static inline uint64_t qdpi_cpu_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("rdtsc" : "=A"(ticks) : : "memory");
    return ticks;
}

static inline void qdpi_cpu_relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

_Noreturn static inline void qdpi_cpu_stop(void)
{
    for (;;) {
        __asm__ volatile("cli\n\thlt" : : : "memory");
    }
}

#endif
