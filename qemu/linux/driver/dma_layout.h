/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPDX-FileCopyrightText: 2026 The qemu-dpi authors
 *
 * The DMA engine as software sees it: its constants, and the structures that it shares with the
 * driver in memory. docs/guest-abi.md explains them.
 */

#ifndef QDPI_DMA_LAYOUT_H
#define QDPI_DMA_LAYOUT_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

enum qdpi_dma_layout {
#include "qdpi_dma_layout.inc"
};

enum qdpi_window_layout {
#include "qdpi_window_layout.inc"
};

enum qdpi_test_layout {
#include "qdpi_test_layout.inc"
};

/* What the engine accepts as the size of its ring. */
#define QDPI_DMA_MIN_ENTRIES 2
#define QDPI_DMA_MAX_ENTRIES 32768

/* Completion statuses: 0 to this less one. */
#define QDPI_DMA_COMPLETION_STATUSES (QDPI_DMA_COMPLETION_BAD_ADDRESS + 1)

/* Windows that may be open at once. */
#define QDPI_WINDOW_MAX 64

struct qdpi_identification {
	__le32 magic;
	__le32 version;
	__le32 data_bytes;
	__le32 status;
	__le32 head;
	__le32 interrupts;
	__le64 sequence;
};

struct qdpi_descriptor {
	__le32 opcode;
	__le32 length;
	__le64 source;
	__le64 destination;
	__le64 operand;
};

struct qdpi_completion {
	__le32 sequence;
	__le32 status;
	__le32 length;
	__le32 result;
};

struct qdpi_completion_area {
	__le64 head;
	__le64 reserved[7];
	struct qdpi_completion entries[];
};

#define QDPI_ASSERT_OFFSET(type, field, offset) \
	static_assert(offsetof(struct type, field) == (offset))

QDPI_ASSERT_OFFSET(qdpi_identification, magic, QDPI_DMA_IDENT_OFFSET_MAGIC);
QDPI_ASSERT_OFFSET(qdpi_identification, version, QDPI_DMA_IDENT_OFFSET_VERSION);
QDPI_ASSERT_OFFSET(qdpi_identification, data_bytes, QDPI_DMA_IDENT_OFFSET_DATA_BYTES);
QDPI_ASSERT_OFFSET(qdpi_identification, status, QDPI_DMA_IDENT_OFFSET_STATUS);
QDPI_ASSERT_OFFSET(qdpi_identification, head, QDPI_DMA_IDENT_OFFSET_HEAD);
QDPI_ASSERT_OFFSET(qdpi_identification, interrupts, QDPI_DMA_IDENT_OFFSET_INTERRUPTS);
QDPI_ASSERT_OFFSET(qdpi_identification, sequence, QDPI_DMA_IDENT_OFFSET_SEQUENCE);
static_assert(sizeof(struct qdpi_identification) == QDPI_DMA_IDENT_BYTES);

QDPI_ASSERT_OFFSET(qdpi_descriptor, opcode, QDPI_DMA_DESCRIPTOR_OFFSET_OPCODE);
QDPI_ASSERT_OFFSET(qdpi_descriptor, length, QDPI_DMA_DESCRIPTOR_OFFSET_LENGTH);
QDPI_ASSERT_OFFSET(qdpi_descriptor, source, QDPI_DMA_DESCRIPTOR_OFFSET_SOURCE);
QDPI_ASSERT_OFFSET(qdpi_descriptor, destination, QDPI_DMA_DESCRIPTOR_OFFSET_DESTINATION);
QDPI_ASSERT_OFFSET(qdpi_descriptor, operand, QDPI_DMA_DESCRIPTOR_OFFSET_OPERAND);
static_assert(sizeof(struct qdpi_descriptor) == QDPI_DMA_DESCRIPTOR_BYTES);

QDPI_ASSERT_OFFSET(qdpi_completion, sequence, QDPI_DMA_COMPLETION_OFFSET_SEQUENCE);
QDPI_ASSERT_OFFSET(qdpi_completion, status, QDPI_DMA_COMPLETION_OFFSET_STATUS);
QDPI_ASSERT_OFFSET(qdpi_completion, length, QDPI_DMA_COMPLETION_OFFSET_LENGTH);
QDPI_ASSERT_OFFSET(qdpi_completion, result, QDPI_DMA_COMPLETION_OFFSET_RESULT);
static_assert(sizeof(struct qdpi_completion) == QDPI_DMA_COMPLETION_BYTES);

QDPI_ASSERT_OFFSET(qdpi_completion_area, head, QDPI_DMA_COMPLETION_OFFSET_HEAD);
QDPI_ASSERT_OFFSET(qdpi_completion_area, entries, QDPI_DMA_COMPLETION_OFFSET_ENTRIES);

#endif
