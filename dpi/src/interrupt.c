// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupts: RTL to guest, through the ISA line registers of pc-testdev and inject-nmi.

#include "interrupt.h"

#include <errno.h>
#include <string.h>

#include "deadline.h"
#include "shm_atomic.h"

/** pc-testdev drives ISA line n by a byte written to port 0x2000 + n (QEMU: hw/misc/pc-testdev.c):
 *  the monitor's command for line 0, the last three digits of its port, and where they and the
 *  level are. It is short because QEMU reads its monitor byte by byte, in 3 us each. */
#define LEVEL_COMMAND "o/b 8192 0"
#define PORT_OF_LINE_0 192U
#define PORT_AT 5
#define LEVEL_AT 9

void qdpi_interrupts_init(struct qdpi_interrupts *interrupts, struct qdpi_counters *counters)
{
    interrupts->counters = counters;
    qdpi_interrupts_reset(interrupts);
}

void qdpi_interrupts_reset(struct qdpi_interrupts *interrupts)
{
    interrupts->failed = 0;
    interrupts->pulsed = 0;
    interrupts->part_failed = false;
}

static int check_line(unsigned line, struct qdpi_error *error)
{
    if (line < QDPI_INTERRUPT_LINES)
        return 0;
    return qdpi_fail(error, -EINVAL,
                     "interrupt line %u: there are lines 0 to %u; 3, 6 and 7 are free and "
                     "edge-triggered in a guest without other devices",
                     line, QDPI_INTERRUPT_LINES - 1);
}

/** What one call makes QEMU do. */
struct commands {
    struct qdpi_posting postings[3];
    size_t count;
};

static void add_level(struct commands *commands, unsigned line, unsigned level)
{
    struct qdpi_posting *posting = &commands->postings[commands->count++];
    const unsigned port = PORT_OF_LINE_0 + line;

    // snprintf() would take longer than all the rest of an interrupt call.
    memcpy(posting->command, LEVEL_COMMAND, sizeof LEVEL_COMMAND);
    posting->command[PORT_AT] = (char)('0' + port / 100);
    posting->command[PORT_AT + 1] = (char)('0' + port / 10 % 10);
    posting->command[PORT_AT + 2] = (char)('0' + port % 10);
    posting->command[LEVEL_AT] = (char)('0' + level);
    posting->human = true;
}

static void add_nmi(struct commands *commands)
{
    struct qdpi_posting *posting = &commands->postings[commands->count++];

    memcpy(posting->command, "inject-nmi", sizeof "inject-nmi");
}

/** Whether a pulse must see to it that the line is low before: a simulator that ended between the
 *  halves of a pulse, or lost its connection there, has left it high, where nothing is an edge. */
static bool may_be_high(struct qdpi_interrupts *interrupts, unsigned line)
{
    return (qdpi_load_relaxed_int(&interrupts->pulsed) >> line & 1) == 0;
}

static void add_action(struct qdpi_interrupts *interrupts, struct commands *commands,
                       enum qdpi_interrupt_action action, unsigned line)
{
    switch (action) {
    case QDPI_INTERRUPT_SET:
        add_level(commands, line, 1);
        break;
    case QDPI_INTERRUPT_CLEAR:
        add_level(commands, line, 0);
        break;
    case QDPI_INTERRUPT_PULSE:
        if (may_be_high(interrupts, line))
            add_level(commands, line, 0);
        add_level(commands, line, 1);
        add_level(commands, line, 0);
        break;
    case QDPI_INTERRUPT_NMI:
    default:
        add_nmi(commands);
        break;
    }
}

int qdpi_interrupt_post(struct qdpi_interrupts *interrupts, struct qdpi_qmp_client *client,
                        enum qdpi_interrupt_action action, unsigned line, struct qdpi_error *error)
{
    struct commands commands = {.count = 0};
    int result = action == QDPI_INTERRUPT_NMI ? 0 : check_line(line, error);

    if (result != 0)
        return result;
    add_action(interrupts, &commands, action, line);
    for (size_t i = 0; i < commands.count; i++)
        commands.postings[i].tag =
            i + 1 < commands.count ? QDPI_TAG_INTERRUPT_PART : QDPI_TAG_INTERRUPT;
    result = qdpi_qmp_post_all(client, commands.postings, commands.count, true, error);
    if (result != 0)
        return result;
    if (action == QDPI_INTERRUPT_PULSE)
        qdpi_set_bits_int(&interrupts->pulsed, 1 << line);
    qdpi_count(interrupts->counters, QDPI_COUNTER_INTERRUPTS_POSTED);
    return 0;
}

void qdpi_interrupt_done(struct qdpi_interrupts *interrupts, unsigned tag, int result)
{
    // A lost connection is no refusal: a fence that was satisfied just before it must not say EIO,
    // and all calls after it say that the guest is lost.
    if (result != 0 && result != -ENOTCONN)
        qdpi_store_release_int(&interrupts->failed, 1);
    if (tag == QDPI_TAG_INTERRUPT_PART) {
        interrupts->part_failed = interrupts->part_failed || result != 0;
        return;
    }
    qdpi_count(interrupts->counters, result != 0 || interrupts->part_failed
                                         ? QDPI_COUNTER_INTERRUPTS_FAILED
                                         : QDPI_COUNTER_INTERRUPTS_TAKEN);
    interrupts->part_failed = false;
}

int qdpi_interrupt_fence(struct qdpi_interrupts *interrupts, struct qdpi_qmp_client *client,
                         unsigned timeout_ms, struct qdpi_error *error)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);
    int result = qdpi_qmp_drain(client, &deadline, error);

    if (result == 0 && qdpi_exchange_int(&interrupts->failed, 0) != 0) {
        result =
            qdpi_fail(error, -EIO,
                      "fence: QEMU refused an interrupt call since the last fence; its sentence "
                      "was recorded when that happened");
    }
    return result;
}
