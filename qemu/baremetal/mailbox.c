// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "mailbox.h"

#include "bytes.h"
#include "cpu.h"
#include "ordering.h"

enum { MAILBOX_POLLS_BEFORE_SLEEP = 200000 };

static uint8_t *const mailbox = (uint8_t *)QDPI_MAILBOX_ADDRESS;

static uint32_t *word_at(uint32_t offset)
{
    return (uint32_t *)(void *)(mailbox + offset);
}

void qdpi_mailbox_init(void)
{
    uint32_t boots = qdpi_load_acquire_u32(word_at(QDPI_MAILBOX_OFFSET_BOOTS));
    memset(mailbox, 0, QDPI_MAILBOX_BYTES);
    qdpi_store_release_u32(word_at(QDPI_MAILBOX_OFFSET_BOOTS), boots + 1);
    qdpi_store_release_u32(word_at(QDPI_MAILBOX_OFFSET_MAGIC), QDPI_MAILBOX_MAGIC);
}

uint32_t qdpi_mailbox_receive(uint64_t *arguments)
{
    uint32_t response = qdpi_load_acquire_u32(word_at(QDPI_MAILBOX_OFFSET_RESPONSE));
    uint32_t polls = 0;
    // Pairs with the test's write of REQUEST, which it makes after the command and the arguments.
    while (qdpi_load_acquire_u32(word_at(QDPI_MAILBOX_OFFSET_REQUEST)) == response) {
        // Memory that a host process writes wakes nobody: between tests look at every tick of the
        // clock only.
        if (++polls > MAILBOX_POLLS_BEFORE_SLEEP) {
            qdpi_cpu_wait_for_interrupt();
        }
    }
    memcpy(arguments, mailbox + QDPI_MAILBOX_OFFSET_ARGUMENTS,
           QDPI_MAILBOX_ARGUMENTS * sizeof *arguments);
    return qdpi_load_acquire_u32(word_at(QDPI_MAILBOX_OFFSET_COMMAND));
}

void qdpi_mailbox_answer(uint32_t status, const uint64_t *results)
{
    memcpy(mailbox + QDPI_MAILBOX_OFFSET_RESULTS, results, QDPI_MAILBOX_RESULTS * sizeof *results);
    qdpi_store_release_u32(word_at(QDPI_MAILBOX_OFFSET_STATUS), status);
    uint32_t request = qdpi_load_acquire_u32(word_at(QDPI_MAILBOX_OFFSET_REQUEST));
    qdpi_store_release_u32(word_at(QDPI_MAILBOX_OFFSET_RESPONSE), request);
}

void qdpi_mailbox_close(void)
{
    qdpi_store_release_u32(word_at(QDPI_MAILBOX_OFFSET_MAGIC), 0);
}
