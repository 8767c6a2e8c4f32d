/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * Doorbells: posted writes of (index, 64-bit value) to the RTL in a simulator.
 */

#ifndef QDPI_DOORBELL_H
#define QDPI_DOORBELL_H

#include <linux/types.h>

void qdpi_doorbell_ring(u32 index, u64 value);

#endif
