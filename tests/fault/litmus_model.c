// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Every way in which a litmus program can go, by depth-first search: programs are so small that no
// state needs to be remembered.

#include "litmus_model.h"

#include <stdbool.h>
#include <stdlib.h>

#define OPERATIONS_MOST 4
#define LOCATIONS 2
#define NOBODY (-1)

enum operation_kind {
    OPERATION_NONE,
    OPERATION_WRITE,
    OPERATION_READ,
    OPERATION_SWAP,
    OPERATION_FENCE
};
enum location { X, Y };

struct operation {
    enum operation_kind kind;
    unsigned result;
    enum location location;
    uint32_t value;
};

static const struct operation sides_operations[QDPI_LITMUS_SIDE_STRAIGHT_END][OPERATIONS_MOST] = {
#define WRITE(location, value) {OPERATION_WRITE, 0, location, value},
#define READ(result, location) {OPERATION_READ, result, location, 0},
#define SWAP(result, location, value) {OPERATION_SWAP, result, location, value},
#define FENCE() {OPERATION_FENCE, 0, X, 0},
#define QDPI_LITMUS_SIDE(name, operations) [QDPI_LITMUS_SIDE_##name] = {operations},
#include "qdpi_litmus_sides.inc"
#undef WRITE
#undef READ
#undef SWAP
#undef FENCE
};

struct buffered {
    enum location location;
    uint32_t value;
};

struct state {
    uint32_t memory[LOCATIONS];
    uint32_t outcome;
    unsigned next[QDPI_LITMUS_PARTIES]; /**< operation */
    unsigned waiting[QDPI_LITMUS_PARTIES];
    struct buffered buffer[QDPI_LITMUS_PARTIES][OPERATIONS_MOST];
};

struct search {
    const enum qdpi_litmus_side *sides;
    uint8_t *classes;
    enum qdpi_litmus_class class; /**< of what is found */
};

const char *qdpi_litmus_class_name(enum qdpi_litmus_class class)
{
    static const char *const names[QDPI_LITMUS_CLASSES] = {
        [QDPI_LITMUS_FORBIDDEN] = "forbidden",
        [QDPI_LITMUS_WEAK] = "weak",
        [QDPI_LITMUS_INTERLEAVED] = "interleaved",
        [QDPI_LITMUS_SERIAL] = "serial",
    };

    return names[class];
}

uint32_t qdpi_litmus_outcome_place(unsigned index, uint32_t value)
{
    return value << (index * QDPI_LITMUS_OUTCOME_BITS);
}

uint32_t qdpi_litmus_outcome_value(uint32_t outcome, unsigned index)
{
    return outcome >> (index * QDPI_LITMUS_OUTCOME_BITS) & ((1U << QDPI_LITMUS_OUTCOME_BITS) - 1U);
}

int qdpi_litmus_has_result(enum qdpi_litmus_side side, unsigned result)
{
    for (unsigned i = 0; i < OPERATIONS_MOST; i++) {
        const struct operation *operation = &sides_operations[side][i];

        if ((operation->kind == OPERATION_READ || operation->kind == OPERATION_SWAP) &&
            operation->result == result)
            return 1;
    }
    return 0;
}

/** The operation that a party does next; its kind is NONE at the end. */
static const struct operation *next_of(const struct search *search, const struct state *state,
                                       unsigned party)
{
    static const struct operation end = {OPERATION_NONE, 0, X, 0};
    const unsigned next = state->next[party];

    return next < OPERATIONS_MOST ? &sides_operations[search->sides[party]][next] : &end;
}

/** What a party sees at a location: its own last write that still waits, or memory. */
static uint32_t look(const struct state *state, unsigned party, enum location location)
{
    for (unsigned i = state->waiting[party]; i > 0; i--) {
        if (state->buffer[party][i - 1].location == location)
            return state->buffer[party][i - 1].value;
    }
    return state->memory[location];
}

/** Carry out the next operation. @return false: it has to wait for the buffer. */
static bool step(const struct search *search, struct state *state, unsigned party)
{
    const struct operation *operation = next_of(search, state, party);
    const unsigned result = party * QDPI_LITMUS_RESULTS + operation->result;

    switch (operation->kind) {
    case OPERATION_WRITE:
        if (search->class == QDPI_LITMUS_WEAK) {
            state->buffer[party][state->waiting[party]++] =
                (struct buffered){operation->location, operation->value};
        } else {
            state->memory[operation->location] = operation->value;
        }
        break;
    case OPERATION_READ:
        state->outcome |=
            qdpi_litmus_outcome_place(result, look(state, party, operation->location));
        break;
    case OPERATION_SWAP:
        if (state->waiting[party] > 0)
            return false;
        state->outcome |= qdpi_litmus_outcome_place(result, state->memory[operation->location]);
        state->memory[operation->location] = operation->value;
        break;
    case OPERATION_FENCE:
        if (state->waiting[party] > 0)
            return false;
        break;
    case OPERATION_NONE:
    default:
        return false;
    }
    state->next[party]++;
    return true;
}

/** The oldest write that waits becomes visible. */
static bool drain(struct state *state, unsigned party)
{
    const struct buffered oldest = state->buffer[party][0];

    if (state->waiting[party] == 0)
        return false;
    state->memory[oldest.location] = oldest.value;
    state->waiting[party]--;
    for (unsigned i = 0; i < state->waiting[party]; i++)
        state->buffer[party][i] = state->buffer[party][i + 1];
    return true;
}

/** All that can come of a state. `running` is the one that has the machine for itself. */
static void explore(const struct search *search, const struct state *state, int running)
{
    const bool alone = search->class == QDPI_LITMUS_SERIAL && running != NOBODY &&
                       next_of(search, state, (unsigned)running)->kind != OPERATION_NONE;
    bool moved = false;

    for (unsigned party = 0; party < QDPI_LITMUS_PARTIES; party++) {
        struct state after = *state;

        if (alone && (int)party != running)
            continue;
        if (step(search, &after, party)) {
            explore(search, &after, (int)party);
            moved = true;
        }
        after = *state;
        if (drain(&after, party)) {
            explore(search, &after, (int)party);
            moved = true;
        }
    }
    if (!moved) {
        const unsigned end = QDPI_LITMUS_PARTIES * QDPI_LITMUS_RESULTS;

        search->classes[state->outcome | qdpi_litmus_outcome_place(end, state->memory[X]) |
                        qdpi_litmus_outcome_place(end + 1, state->memory[Y])] =
            (uint8_t)search->class;
    }
}

uint8_t *qdpi_litmus_model(const enum qdpi_litmus_side sides[QDPI_LITMUS_PARTIES])
{
    static const struct state start;
    struct search search = {.sides = sides, .classes = calloc(QDPI_LITMUS_OUTCOMES, 1)};

    if (search.classes == NULL)
        return NULL;
    // Each way is one of the kind before too: the last to be found is the plainest.
    search.class = QDPI_LITMUS_WEAK;
    explore(&search, &start, NOBODY);
    search.class = QDPI_LITMUS_INTERLEAVED;
    explore(&search, &start, NOBODY);
    search.class = QDPI_LITMUS_SERIAL;
    explore(&search, &start, NOBODY);
    return search.classes;
}
