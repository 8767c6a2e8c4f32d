// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A running guest_memory.elf: its mailbox, and the events that come from it.

#include "live_guest.h"

#include <sched.h>
#include <string.h>

#include "qdpi_cmocka.h"

#define GUEST_MS 20000U
#define EVENT_MS 10000U
/** Nothing more is to come: how long to see whether it does. */
#define QUIET_MS 200U

static uint32_t mailbox_word(struct qdpi_bridge *bridge, unsigned offset)
{
    uint32_t word = 0;

    assert_int_equal(qdpi_mem_read32(bridge, QDPI_MAILBOX_ADDRESS + offset, &word), 0);
    return word;
}

void qdpi_live_guest_await(struct qdpi_bridge *bridge, uint32_t boots)
{
    const uint64_t deadline = qdpi_live_in_ms(GUEST_MS);

    while (mailbox_word(bridge, QDPI_MAILBOX_OFFSET_MAGIC) != QDPI_MAILBOX_MAGIC ||
           mailbox_word(bridge, QDPI_MAILBOX_OFFSET_BOOTS) != boots) {
        if (qdpi_live_ms_until(deadline) <= 0) {
            fail_msg("the guest does not serve: magic 0x%x, boots %u",
                     mailbox_word(bridge, QDPI_MAILBOX_OFFSET_MAGIC),
                     mailbox_word(bridge, QDPI_MAILBOX_OFFSET_BOOTS));
        }
        qdpi_live_sleep_ms(2);
    }
}

void qdpi_live_guest_post(struct qdpi_bridge *bridge, uint32_t command,
                          const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS])
{
    const uint32_t request = mailbox_word(bridge, QDPI_MAILBOX_OFFSET_REQUEST) + 1;

    assert_int_equal(qdpi_mem_write(bridge, QDPI_MAILBOX_ADDRESS + QDPI_MAILBOX_OFFSET_ARGUMENTS,
                                    arguments, QDPI_MAILBOX_ARGUMENTS * sizeof *arguments),
                     0);
    assert_int_equal(
        qdpi_mem_write32(bridge, QDPI_MAILBOX_ADDRESS + QDPI_MAILBOX_OFFSET_COMMAND, command), 0);
    assert_int_equal(
        qdpi_mem_write32(bridge, QDPI_MAILBOX_ADDRESS + QDPI_MAILBOX_OFFSET_REQUEST, request), 0);
}

bool qdpi_live_guest_has_answered(struct qdpi_bridge *bridge)
{
    return mailbox_word(bridge, QDPI_MAILBOX_OFFSET_RESPONSE) ==
           mailbox_word(bridge, QDPI_MAILBOX_OFFSET_REQUEST);
}

void qdpi_live_guest_finish(struct qdpi_bridge *bridge, unsigned timeout_ms,
                            uint64_t results[QDPI_MAILBOX_RESULTS])
{
    const uint64_t deadline = qdpi_live_in_ms(timeout_ms);

    while (!qdpi_live_guest_has_answered(bridge)) {
        if (qdpi_live_ms_until(deadline) <= 0) {
            fail_msg("the guest has not answered command %u in %u ms",
                     mailbox_word(bridge, QDPI_MAILBOX_OFFSET_COMMAND), timeout_ms);
        }
        // The guest needs a core too.
        (void)sched_yield();
    }
    assert_int_equal(mailbox_word(bridge, QDPI_MAILBOX_OFFSET_STATUS), QDPI_MAILBOX_STATUS_OK);
    if (results != NULL) {
        assert_int_equal(qdpi_mem_read(bridge, QDPI_MAILBOX_ADDRESS + QDPI_MAILBOX_OFFSET_RESULTS,
                                       results, QDPI_MAILBOX_RESULTS * sizeof *results),
                         0);
    }
}

uint64_t qdpi_live_guest_call(struct qdpi_bridge *bridge, uint32_t command,
                              const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS])
{
    uint64_t results[QDPI_MAILBOX_RESULTS];

    qdpi_live_guest_post(bridge, command, arguments);
    qdpi_live_guest_finish(bridge, GUEST_MS, results);
    return results[0];
}

struct qdpi_bridge *qdpi_live_guest_start(struct qdpi_live *live, const char *ram)
{
    qdpi_live_start(&live->qemu[0], &(struct qdpi_live_options){.ram = ram, .guest = true});
    live->bridge[0] = qdpi_live_open(&live->qemu[0]);
    qdpi_live_guest_await(live->bridge[0], 1);
    return live->bridge[0];
}

uint64_t qdpi_live_guest_ask(struct qdpi_bridge *bridge, uint32_t command, uint64_t first,
                             uint64_t second)
{
    const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS] = {first, second};

    return qdpi_live_guest_call(bridge, command, arguments);
}

void qdpi_live_guest_tell(struct qdpi_bridge *bridge, uint32_t command, uint64_t first,
                          uint64_t second)
{
    const uint64_t arguments[QDPI_MAILBOX_ARGUMENTS] = {first, second};

    qdpi_live_guest_post(bridge, command, arguments);
}

uint64_t qdpi_live_guest_counted(struct qdpi_bridge *bridge, unsigned line)
{
    return qdpi_live_guest_ask(bridge, QDPI_MAILBOX_COMMAND_COUNT, line, 0);
}

void qdpi_live_guest_await_count(struct qdpi_bridge *bridge, unsigned line, uint64_t count)
{
    const uint64_t deadline = qdpi_live_in_ms(GUEST_MS);
    uint64_t now;

    while ((now = qdpi_live_guest_counted(bridge, line)) < count) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("line %u: %lu interrupts counted, not %lu", line, now, count);
    }
    assert_int_equal(now, count);
}

uint64_t qdpi_live_expect_event(struct qdpi_bridge *bridge, enum qdpi_event_kind kind)
{
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};
    int result = qdpi_event_wait(bridge, EVENT_MS, &event);

    if (result != 1 || event.kind != kind) {
        fail_msg("result %d (%s), event %d with value %lu, not event %d", result,
                 qdpi_last_error(bridge), (int)event.kind, event.value, (int)kind);
    }
    return event.value;
}

void qdpi_live_expect_no_event(struct qdpi_bridge *bridge)
{
    struct qdpi_event event = {.kind = QDPI_EVENT_NONE};

    if (qdpi_event_wait(bridge, QUIET_MS, &event) != 0)
        fail_msg("event %d with value %lu, where none is due", (int)event.kind, event.value);
}

void qdpi_live_check_sentence(struct qdpi_bridge *bridge, const char *part)
{
    const char *sentence = qdpi_last_error(bridge);

    if (strstr(sentence, part) == NULL)
        fail_msg("the sentence \"%s\" does not say \"%s\"", sentence, part);
}
