// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "dma_refusal.h"

#include <stddef.h>

#include "crc32c.h"
#include "paging.h"
#include "port_window.h"

enum refusal_place {
    REFUSAL_UNUSED,  // an address that the opcode does not use
    REFUSAL_RAM,     // a buffer that must stay as it is
    REFUSAL_CLOSED,  // the same, and no window of the port shows it
    REFUSAL_TURNED,  // the same, and its window is open the other way only
    REFUSAL_HOLE,    // where nothing is
    REFUSAL_EDGE,    // the first bytes may be RAM, the last are behind the end of all RAM
    REFUSAL_ROM,
    REFUSAL_WRAPPING,  // a range that runs over the last address there is
};

enum {
    REFUSAL_BYTES = 256,  // of a buffer, and of the range that the engine is asked for unless the
                          // length is the fault
    REFUSAL_ROM_BYTES = 4096,
    REFUSAL_RAM_GRANULE =
        2 * 1024 *
        1024,  // the firmware keeps the last part of RAM: the true end is a multiple of this
};

static const uint64_t refusal_hole_address = 0x7f00000000;
static const uint64_t refusal_rom_address =
    0xfffff000;  // end of the PC's firmware, just below 4 GiB

struct refusal {
    uint32_t opcode;
    uint32_t length;
    enum refusal_place source;
    enum refusal_place destination;
    uint32_t status;
};

static const struct refusal refusals[] = {
    {0, REFUSAL_BYTES, REFUSAL_RAM, REFUSAL_RAM, QDPI_DMA_COMPLETION_BAD_OPCODE},
    {0xff, REFUSAL_BYTES, REFUSAL_RAM, REFUSAL_RAM, QDPI_DMA_COMPLETION_BAD_OPCODE},
    {0x100 | QDPI_DMA_OP_COPY, REFUSAL_BYTES, REFUSAL_RAM, REFUSAL_RAM,
     QDPI_DMA_COMPLETION_BAD_OPCODE},
    {QDPI_DMA_OP_COPY, 0, REFUSAL_RAM, REFUSAL_RAM, QDPI_DMA_COMPLETION_BAD_LENGTH},
    {QDPI_DMA_OP_FILL, 0, REFUSAL_UNUSED, REFUSAL_RAM, QDPI_DMA_COMPLETION_BAD_LENGTH},
    {QDPI_DMA_OP_CRC32C, 0, REFUSAL_RAM, REFUSAL_UNUSED, QDPI_DMA_COMPLETION_BAD_LENGTH},
    {QDPI_DMA_OP_COPY, REFUSAL_BYTES, REFUSAL_HOLE, REFUSAL_RAM, QDPI_DMA_COMPLETION_READ_DECERR},
    {QDPI_DMA_OP_CRC32C, REFUSAL_BYTES, REFUSAL_HOLE, REFUSAL_UNUSED,
     QDPI_DMA_COMPLETION_READ_DECERR},
    {QDPI_DMA_OP_CRC32C, REFUSAL_BYTES, REFUSAL_EDGE, REFUSAL_UNUSED,
     QDPI_DMA_COMPLETION_READ_DECERR},
    {QDPI_DMA_OP_COPY, REFUSAL_BYTES, REFUSAL_RAM, REFUSAL_HOLE, QDPI_DMA_COMPLETION_WRITE_DECERR},
    {QDPI_DMA_OP_FILL, REFUSAL_BYTES, REFUSAL_UNUSED, REFUSAL_HOLE,
     QDPI_DMA_COMPLETION_WRITE_DECERR},
    {QDPI_DMA_OP_COPY, REFUSAL_BYTES, REFUSAL_RAM, REFUSAL_ROM, QDPI_DMA_COMPLETION_WRITE_SLVERR},
    {QDPI_DMA_OP_FILL, REFUSAL_BYTES, REFUSAL_UNUSED, REFUSAL_ROM,
     QDPI_DMA_COMPLETION_WRITE_SLVERR},
    {QDPI_DMA_OP_COPY, REFUSAL_BYTES, REFUSAL_WRAPPING, REFUSAL_RAM,
     QDPI_DMA_COMPLETION_BAD_ADDRESS},
    {QDPI_DMA_OP_CRC32C, REFUSAL_BYTES, REFUSAL_WRAPPING, REFUSAL_UNUSED,
     QDPI_DMA_COMPLETION_BAD_ADDRESS},
    {QDPI_DMA_OP_COPY, REFUSAL_BYTES, REFUSAL_RAM, REFUSAL_WRAPPING,
     QDPI_DMA_COMPLETION_BAD_ADDRESS},
    {QDPI_DMA_OP_FILL, REFUSAL_BYTES, REFUSAL_UNUSED, REFUSAL_WRAPPING,
     QDPI_DMA_COMPLETION_BAD_ADDRESS},
    {QDPI_DMA_OP_COPY, REFUSAL_BYTES, REFUSAL_CLOSED, REFUSAL_RAM, QDPI_DMA_COMPLETION_READ_DECERR},
    {QDPI_DMA_OP_CRC32C, REFUSAL_BYTES, REFUSAL_CLOSED, REFUSAL_UNUSED,
     QDPI_DMA_COMPLETION_READ_DECERR},
    {QDPI_DMA_OP_CRC32C, REFUSAL_BYTES, REFUSAL_TURNED, REFUSAL_UNUSED,
     QDPI_DMA_COMPLETION_READ_DECERR},
    {QDPI_DMA_OP_COPY, REFUSAL_BYTES, REFUSAL_RAM, REFUSAL_CLOSED,
     QDPI_DMA_COMPLETION_WRITE_DECERR},
    {QDPI_DMA_OP_FILL, REFUSAL_BYTES, REFUSAL_UNUSED, REFUSAL_CLOSED,
     QDPI_DMA_COMPLETION_WRITE_DECERR},
    {QDPI_DMA_OP_FILL, REFUSAL_BYTES, REFUSAL_UNUSED, REFUSAL_TURNED,
     QDPI_DMA_COMPLETION_WRITE_DECERR},
};

/// Whether only a port with windows refuses it.
static bool is_by_window(const struct refusal *refusal)
{
    return refusal->source == REFUSAL_CLOSED || refusal->source == REFUSAL_TURNED ||
           refusal->destination == REFUSAL_CLOSED || refusal->destination == REFUSAL_TURNED;
}

uint32_t qdpi_dma_refusal_count(bool windows)
{
    // Those by windows stand last.
    uint32_t count = 0;
    while (count < sizeof refusals / sizeof refusals[0] &&
           (windows || !is_by_window(&refusals[count]))) {
        count++;
    }
    return count;
}

/// The rights for a range that the engine would use with `right`.
static uint32_t rights_for(enum refusal_place where, uint32_t right)
{
    switch (where) {
    case REFUSAL_CLOSED:
        return 0;
    case REFUSAL_TURNED:
        return right ^ (QDPI_WINDOW_COMMAND_READ | QDPI_WINDOW_COMMAND_WRITE);
    default:
        return right;
    }
}

static uint64_t place(enum refusal_place where, struct qdpi_random *random,
                      struct qdpi_dma_buffer *buffer, struct qdpi_dma_content *content)
{
    switch (where) {
    case REFUSAL_RAM:
    case REFUSAL_CLOSED:
    case REFUSAL_TURNED: {
        bool high = qdpi_memory_has(QDPI_MEMORY_HIGH) && qdpi_random_below(random, 2) == 0;
        qdpi_dma_buffer_take(buffer, random, high ? QDPI_MEMORY_HIGH : QDPI_MEMORY_LOW,
                             REFUSAL_BYTES, 1);
        *content = (struct qdpi_dma_content){.seed = qdpi_random_next(random)};
        qdpi_dma_buffer_write(buffer, content);
        return buffer->address;
    }
    case REFUSAL_HOLE:
        return refusal_hole_address + qdpi_random_below(random, REFUSAL_BYTES);
    case REFUSAL_EDGE: {
        uint64_t end =
            (qdpi_memory_end() + REFUSAL_RAM_GRANULE - 1) & ~(uint64_t)(REFUSAL_RAM_GRANULE - 1);
        return end - REFUSAL_BYTES / 2;
    }
    case REFUSAL_ROM:
        return refusal_rom_address + qdpi_random_below(random, REFUSAL_ROM_BYTES - REFUSAL_BYTES);
    case REFUSAL_WRAPPING:
        return (uint64_t)0 - REFUSAL_BYTES / 2;
    case REFUSAL_UNUSED:
        break;
    }
    return 0;
}

void qdpi_dma_refusal_make(struct qdpi_dma_job *job, uint32_t number, struct qdpi_random *random,
                           struct qdpi_dma_totals *totals)
{
    const struct refusal *refusal = &refusals[number];
    *job = (struct qdpi_dma_job){
        .status = refusal->status,
        .source_rights = rights_for(refusal->source, QDPI_WINDOW_COMMAND_READ),
        .destination_rights = rights_for(refusal->destination, QDPI_WINDOW_COMMAND_WRITE),
    };
    job->descriptor.opcode = refusal->opcode;
    job->descriptor.length = refusal->length;
    job->descriptor.operand = qdpi_random_next(random);
    job->descriptor.source = place(refusal->source, random, &job->source, &job->source_content);
    job->descriptor.destination =
        place(refusal->destination, random, &job->destination, &job->destination_content);
    totals->refusals++;
}

uint32_t qdpi_dma_refusal_rom_crc32c(void)
{
    static const uint8_t *rom;
    if (rom == NULL) {
        rom = qdpi_window_map(qdpi_window_claim(), refusal_rom_address);
    }
    return qdpi_crc32c(0, rom, REFUSAL_ROM_BYTES);
}
