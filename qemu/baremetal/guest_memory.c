// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Guest for tests of the library: does what a host process asks for through a mailbox in RAM.
#include <stddef.h>

#include "bytes.h"
#include "cmdline.h"
#include "console.h"
#include "cpu.h"
#include "doorbell.h"
#include "interrupt.h"
#include "machine.h"
#include "mailbox.h"
#include "ordering.h"
#include "second_cpu.h"
#include "start.h"
#include "test_layout.h"

_Static_assert((int)QDPI_MAILBOX_LINE_NMI == (int)QDPI_INTERRUPT_NMI, "NMI as a line");

// In the mailbox, where a test sees them without asking.
static uint32_t *const line_counts =
    (uint32_t *)(QDPI_MAILBOX_ADDRESS + QDPI_MAILBOX_OFFSET_COUNTS);

static void count_interrupt(void *context)
{
    uint32_t *count = context;
    qdpi_store_release_u32(count, *count + 1);
}

static uint32_t nop(const uint64_t *arguments, uint64_t *results)
{
    results[0] = arguments[0] + 1;
    return QDPI_MAILBOX_STATUS_OK;
}

static uint32_t ring(const uint64_t *arguments, uint64_t *results)
{
    (void)results;
    if (arguments[0] >= QDPI_TEST_DOORBELL_SLOTS) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    for (uint64_t value = 0; value < arguments[1]; value++) {
        qdpi_doorbell_ring((uint32_t)arguments[0], value);
    }
    return QDPI_MAILBOX_STATUS_OK;
}

struct shared_ring {
    uint32_t index;
    uint64_t times;
    uint32_t go;
};

/// Leaves the registers to the other processor between two doorbells, so that they take turns.
static void ring_in_turns(uint32_t index, uint64_t times)
{
    for (uint64_t value = 0; value < times; value++) {
        qdpi_doorbell_ring(index, value);
        qdpi_cpu_relax();
    }
}

static void ring_as_second(void *context)
{
    struct shared_ring *shared = context;
    while (qdpi_load_acquire_u32(&shared->go) == 0) {
        qdpi_cpu_relax();
    }
    ring_in_turns(shared->index + 1, shared->times);
}

static uint32_t ring_twice(const uint64_t *arguments, uint64_t *results)
{
    (void)results;
    if (arguments[0] + 1 >= QDPI_TEST_DOORBELL_SLOTS) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    struct shared_ring shared = {.index = (uint32_t)arguments[0], .times = arguments[1]};
    if (!qdpi_second_cpu_start(ring_as_second, &shared)) {
        return QDPI_MAILBOX_STATUS_NO_CPU;
    }
    qdpi_store_release_u32(&shared.go, 1);
    ring_in_turns(shared.index, shared.times);
    qdpi_second_cpu_finish();
    return QDPI_MAILBOX_STATUS_OK;
}

static uint32_t count(const uint64_t *arguments, uint64_t *results)
{
    if (arguments[0] > QDPI_MAILBOX_LINE_NMI) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    results[0] = qdpi_load_acquire_u32(&line_counts[arguments[0]]);
    return QDPI_MAILBOX_STATUS_OK;
}

static uint32_t unmask(const uint64_t *arguments, uint64_t *results)
{
    (void)results;
    uint64_t line = arguments[0];
    // Line 0 is the guest's own clock.
    if (line == 0 || line >= QDPI_PIC_LINES || line == QDPI_PIC_CASCADE_LINE || arguments[1] > 1) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    if (arguments[1] == 1) {
        qdpi_interrupt_attach((unsigned)line, count_interrupt, &line_counts[line]);
    } else {
        qdpi_pic_set_masked((unsigned)line, true);
    }
    return QDPI_MAILBOX_STATUS_OK;
}

static void answer_and_close(void)
{
    static const uint64_t no_results[QDPI_MAILBOX_RESULTS];
    qdpi_mailbox_close();
    qdpi_mailbox_answer(QDPI_MAILBOX_STATUS_OK, no_results);
}

static uint32_t reset(const uint64_t *arguments, uint64_t *results)
{
    (void)results;
    if (arguments[0] > QDPI_MACHINE_RESET_KEYBOARD) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    answer_and_close();
    qdpi_machine_reset((enum qdpi_machine_reset)arguments[0]);
}

static uint32_t exit_machine(const uint64_t *arguments, uint64_t *results)
{
    (void)results;
    answer_and_close();
    qdpi_machine_exit((uint32_t)arguments[0]);
}

static uint32_t halt(const uint64_t *arguments, uint64_t *results)
{
    (void)arguments;
    (void)results;
    answer_and_close();
    qdpi_cpu_stop();
}

static qdpi_mailbox_command *const commands[QDPI_MAILBOX_COMMAND_COUNT_OF] = {
    [QDPI_MAILBOX_COMMAND_NOP] = nop,
    [QDPI_MAILBOX_COMMAND_FILL] = qdpi_mailbox_fill,
    [QDPI_MAILBOX_COMMAND_SUM] = qdpi_mailbox_sum,
    [QDPI_MAILBOX_COMMAND_ADD] = qdpi_mailbox_add,
    [QDPI_MAILBOX_COMMAND_COMPARE_SWAP] = qdpi_mailbox_compare_swap,
    [QDPI_MAILBOX_COMMAND_RING] = ring,
    [QDPI_MAILBOX_COMMAND_COUNT] = count,
    [QDPI_MAILBOX_COMMAND_UNMASK] = unmask,
    [QDPI_MAILBOX_COMMAND_RESET] = reset,
    [QDPI_MAILBOX_COMMAND_EXIT] = exit_machine,
    [QDPI_MAILBOX_COMMAND_HALT] = halt,
    [QDPI_MAILBOX_COMMAND_PRODUCE] = qdpi_mailbox_produce,
    [QDPI_MAILBOX_COMMAND_CONSUME] = qdpi_mailbox_consume,
    [QDPI_MAILBOX_COMMAND_TOGGLE] = qdpi_mailbox_toggle,
    [QDPI_MAILBOX_COMMAND_WATCH] = qdpi_mailbox_watch,
    [QDPI_MAILBOX_COMMAND_LITMUS] = qdpi_mailbox_parties,
    [QDPI_MAILBOX_COMMAND_RING_TWICE] = ring_twice,
    [QDPI_MAILBOX_COMMAND_ECHO] = qdpi_mailbox_echo,
};

_Noreturn void qdpi_guest_main(void)
{
    static const unsigned edge_lines[] = {
        3, 5, 6, 7};  // edge-triggered on every machine, and no device uses them
    static const char *const keys[] = {NULL};
    qdpi_cmdline_allow_only(keys);
    for (unsigned i = 0; i < sizeof edge_lines / sizeof edge_lines[0]; i++) {
        qdpi_interrupt_attach(edge_lines[i], count_interrupt, &line_counts[edge_lines[i]]);
    }
    qdpi_interrupt_attach(QDPI_INTERRUPT_NMI, count_interrupt, &line_counts[QDPI_INTERRUPT_NMI]);
    qdpi_mailbox_range_init();
    qdpi_mailbox_litmus_init();
    qdpi_mailbox_parties_init();
    qdpi_second_cpu_init();
    qdpi_mailbox_init();
    qdpi_print("guest: ready\n");

    for (;;) {
        uint64_t arguments[QDPI_MAILBOX_ARGUMENTS];
        uint64_t results[QDPI_MAILBOX_RESULTS];
        memset(results, 0, sizeof results);
        uint32_t command = qdpi_mailbox_receive(arguments);
        uint32_t status = QDPI_MAILBOX_STATUS_UNKNOWN_COMMAND;
        if (command < QDPI_MAILBOX_COMMAND_COUNT_OF) {
            status = commands[command](arguments, results);
        }
        qdpi_mailbox_answer(status, results);
    }
}
