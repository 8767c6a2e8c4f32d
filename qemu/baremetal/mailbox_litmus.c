// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Mailbox commands that are one half of a memory-ordering test; the other half is the library under
// test.
#include "clock.h"
#include "mailbox.h"
#include "ordering.h"
#include "paging.h"

enum {
    MESSAGE_DATA = 0,  // arguments of PRODUCE and CONSUME
    MESSAGE_FLAG = 1,
    MESSAGE_ACK = 2,
    MESSAGE_ROUNDS = 3,
    MESSAGE_WORDS = 4,
    MESSAGE_ADDRESSES = 3,  // the first arguments are that many addresses
    VALUE_ADDRESS = 0,      // arguments of TOGGLE and WATCH
    VALUE_WIDTH = 1,
    VALUE_TIMES = 2,
    VALUE_A = 3,
    VALUE_B = 4,
    LITMUS_POLLS = 1024,  // between looks at the clock
};

struct message {
    uint32_t *data;
    uint32_t *flag;
    uint32_t *ack;
    uint32_t rounds;
    uint32_t words;
};

static unsigned litmus_windows[MESSAGE_ADDRESSES];

void qdpi_mailbox_litmus_init(void)
{
    for (unsigned i = 0; i < MESSAGE_ADDRESSES; i++) {
        litmus_windows[i] = qdpi_window_claim();
    }
}

static bool show_message(struct message *message, const uint64_t *arguments)
{
    uint32_t *shown[MESSAGE_ADDRESSES];
    uint64_t words = arguments[MESSAGE_WORDS];
    if (words > QDPI_MAILBOX_LITMUS_WORDS || arguments[MESSAGE_ROUNDS] > UINT32_MAX) {
        return false;
    }
    for (unsigned i = 0; i < MESSAGE_ADDRESSES; i++) {
        uint64_t size = (i == MESSAGE_DATA ? words : 1) * sizeof(uint32_t);
        if (arguments[i] % sizeof(uint32_t) != 0 || !qdpi_paging_reaches(arguments[i], size)) {
            return false;
        }
        shown[i] = qdpi_window_map(litmus_windows[i], arguments[i]);
    }
    *message = (struct message){
        .data = shown[MESSAGE_DATA],
        .flag = shown[MESSAGE_FLAG],
        .ack = shown[MESSAGE_ACK],
        .rounds = (uint32_t)arguments[MESSAGE_ROUNDS],
        .words = (uint32_t)words,
    };
    return true;
}

static uint32_t message_word(uint32_t round, uint32_t index)
{
    return round * QDPI_MAILBOX_ROUND_FACTOR + index;
}

static bool await(const uint32_t *word, uint32_t value)
{
    struct qdpi_deadline deadline = qdpi_deadline_in(QDPI_MAILBOX_PEER_MILLISECONDS);
    do {
        for (unsigned poll = 0; poll < LITMUS_POLLS; poll++) {
            if (qdpi_load_acquire_u32(word) == value) {
                return true;
            }
        }
    } while (!qdpi_deadline_passed(&deadline));
    return false;
}

uint32_t qdpi_mailbox_produce(const uint64_t *arguments, uint64_t *results)
{
    struct message message;
    if (!show_message(&message, arguments)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    for (uint32_t round = 1; round <= message.rounds; round++) {
        for (uint32_t i = 0; i < message.words; i++) {
            message.data[i] = message_word(round, i);
        }
        qdpi_store_release_u32(message.flag, round);
        if (!await(message.ack, round)) {
            return QDPI_MAILBOX_STATUS_TIMEOUT;
        }
        results[0] = round;
    }
    return QDPI_MAILBOX_STATUS_OK;
}

uint32_t qdpi_mailbox_consume(const uint64_t *arguments, uint64_t *results)
{
    struct message message;
    if (!show_message(&message, arguments)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    for (uint32_t round = 1; round <= message.rounds; round++) {
        if (!await(message.flag, round)) {
            return QDPI_MAILBOX_STATUS_TIMEOUT;
        }
        for (uint32_t i = 0; i < message.words; i++) {
            uint32_t word = message.data[i];
            if (word != message_word(round, i) && results[1]++ == 0) {
                results[2] = round;
                results[3] = word;
            }
        }
        qdpi_store_release_u32(message.ack, round);
        results[0] = round;
    }
    return QDPI_MAILBOX_STATUS_OK;
}

static bool is_value(const uint64_t *arguments)
{
    uint64_t width = arguments[VALUE_WIDTH];
    return (width == 1 || width == 2 || width == 4 || width == 8) &&
           (arguments[VALUE_ADDRESS] & (width - 1)) == 0 &&
           qdpi_paging_reaches(arguments[VALUE_ADDRESS], width);
}

static void store_value(void *at, uint64_t width, uint64_t value)
{
    switch (width) {
    case 1:
        qdpi_store_release_u8(at, (uint8_t)value);
        break;
    case 2:
        qdpi_store_release_u16(at, (uint16_t)value);
        break;
    case 4:
        qdpi_store_release_u32(at, (uint32_t)value);
        break;
    default:
        qdpi_store_release_u64(at, value);
        break;
    }
}

static uint64_t load_value(void *at, uint64_t width)
{
    switch (width) {
    case 1:
        return qdpi_load_acquire_u8(at);
    case 2:
        return qdpi_load_acquire_u16(at);
    case 4:
        return qdpi_load_acquire_u32(at);
    default:
        return qdpi_load_acquire_u64(at);
    }
}

uint32_t qdpi_mailbox_toggle(const uint64_t *arguments, uint64_t *results)
{
    (void)results;
    if (!is_value(arguments)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    void *at = qdpi_window_map(litmus_windows[0], arguments[VALUE_ADDRESS]);
    for (uint64_t i = 0; i < arguments[VALUE_TIMES]; i++) {
        store_value(at, arguments[VALUE_WIDTH], arguments[i % 2 == 0 ? VALUE_A : VALUE_B]);
    }
    return QDPI_MAILBOX_STATUS_OK;
}

uint32_t qdpi_mailbox_watch(const uint64_t *arguments, uint64_t *results)
{
    if (!is_value(arguments)) {
        return QDPI_MAILBOX_STATUS_BAD_ARGUMENT;
    }
    void *at = qdpi_window_map(litmus_windows[0], arguments[VALUE_ADDRESS]);
    uint64_t last = load_value(at, arguments[VALUE_WIDTH]);
    for (uint64_t i = 0; i < arguments[VALUE_TIMES]; i++) {
        uint64_t value = load_value(at, arguments[VALUE_WIDTH]);
        if (value != arguments[VALUE_A] && value != arguments[VALUE_B] && results[0]++ == 0) {
            results[1] = value;
        }
        results[2] += value != last ? 1 : 0;
        last = value;
    }
    return QDPI_MAILBOX_STATUS_OK;
}
