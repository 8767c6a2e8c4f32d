// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The DMA engine's registers and structures, as C enumerators and types.
#ifndef QDPI_BAREMETAL_DMA_LAYOUT_H
#define QDPI_BAREMETAL_DMA_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

enum qdpi_dma_layout {
#include "qdpi_dma_layout.inc"
};

struct __attribute__((packed)) qdpi_dma_identification {
    uint32_t magic;
    uint32_t version;
    uint32_t data_bytes;
    uint32_t status;
    uint32_t head;
    uint32_t interrupts;
    uint32_t sequence_low;
    uint32_t sequence_high;
};

struct __attribute__((packed)) qdpi_dma_descriptor {
    uint32_t opcode;
    uint32_t length;
    uint64_t source;
    uint64_t destination;
    uint64_t operand;
};

struct __attribute__((packed)) qdpi_dma_completion {
    uint32_t sequence;
    uint32_t status;
    uint32_t length;
    uint32_t result;
};

#define QDPI_DMA_CHECK_OFFSET(type, field, offset)                                                 \
    _Static_assert(offsetof(struct type, field) == (offset),                                       \
                   #type "." #field " is not where the layout says")

QDPI_DMA_CHECK_OFFSET(qdpi_dma_identification, magic, QDPI_DMA_IDENT_OFFSET_MAGIC);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_identification, version, QDPI_DMA_IDENT_OFFSET_VERSION);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_identification, data_bytes, QDPI_DMA_IDENT_OFFSET_DATA_BYTES);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_identification, status, QDPI_DMA_IDENT_OFFSET_STATUS);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_identification, head, QDPI_DMA_IDENT_OFFSET_HEAD);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_identification, interrupts, QDPI_DMA_IDENT_OFFSET_INTERRUPTS);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_identification, sequence_low, QDPI_DMA_IDENT_OFFSET_SEQUENCE);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_descriptor, opcode, QDPI_DMA_DESCRIPTOR_OFFSET_OPCODE);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_descriptor, length, QDPI_DMA_DESCRIPTOR_OFFSET_LENGTH);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_descriptor, source, QDPI_DMA_DESCRIPTOR_OFFSET_SOURCE);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_descriptor, destination, QDPI_DMA_DESCRIPTOR_OFFSET_DESTINATION);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_descriptor, operand, QDPI_DMA_DESCRIPTOR_OFFSET_OPERAND);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_completion, sequence, QDPI_DMA_COMPLETION_OFFSET_SEQUENCE);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_completion, status, QDPI_DMA_COMPLETION_OFFSET_STATUS);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_completion, length, QDPI_DMA_COMPLETION_OFFSET_LENGTH);
QDPI_DMA_CHECK_OFFSET(qdpi_dma_completion, result, QDPI_DMA_COMPLETION_OFFSET_RESULT);
_Static_assert(sizeof(struct qdpi_dma_identification) == QDPI_DMA_IDENT_BYTES,
               "identification block");
_Static_assert(sizeof(struct qdpi_dma_descriptor) == QDPI_DMA_DESCRIPTOR_BYTES, "descriptor");
_Static_assert(sizeof(struct qdpi_dma_completion) == QDPI_DMA_COMPLETION_BYTES, "completion entry");

#endif
