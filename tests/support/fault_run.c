// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

#include "fault_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t from_environment(const char *name, uint64_t by_default)
{
    const char *text = getenv(name);
    char *end;
    uint64_t number;

    if (text == NULL || text[0] == '\0')
        return by_default;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number == 0)
        fail_msg("%s is \"%s\": it has to be a number from 1 up", name, text);
    return number;
}

uint64_t qdpi_fault_rounds(uint64_t by_default)
{
    const uint64_t least = from_environment("QDPI_FAULT_ROUNDS_MIN", 1);

    return from_environment("QDPI_FAULT_ROUNDS", by_default > least ? by_default : least);
}

uint64_t qdpi_fault_seed(void)
{
    return from_environment("QDPI_FAULT_SEED", 1);
}

uint64_t qdpi_fault_random(uint64_t *state)
{
    // SplitMix64: any state will do, and neighbouring seeds have nothing in common.
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

uint64_t qdpi_fault_below(uint64_t *state, uint64_t limit)
{
    return qdpi_fault_random(state) % limit;
}

void qdpi_fault_report(const char *row, uint64_t rounds, uint64_t losses, const char *figures, ...)
{
    va_list arguments;

    (void)printf("fault: %s rounds=%" PRIu64 " losses=%" PRIu64 "%s", row, rounds, losses,
                 figures[0] != '\0' ? " " : "");
    va_start(arguments, figures);
    (void)vprintf(figures, arguments);
    va_end(arguments);
    (void)printf("\n");
    (void)fflush(stdout);
    assert_int_equal(losses, 0);
}
