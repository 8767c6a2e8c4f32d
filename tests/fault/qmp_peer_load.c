// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The threads of a load.

#include "qmp_peer_load.h"

#include <unistd.h>

#include "live_guest.h"
#include "qdpi_cmocka.h"
#include "shm_atomic.h"

/** More would only make everybody else wait behind them. */
#define UNDER_WAY_MAX 32U

static void note_time(int64_t *longest, uint64_t begun)
{
    const int64_t took = (int64_t)(qdpi_clock_us() - begun);

    if (took > *longest)
        *longest = took;
}

static void *access_memory(void *argument)
{
    struct peer_load *load = argument;
    bool lost = false;
    int64_t longest = 0;

    for (uint64_t i = 1; qdpi_load_acquire_int(&load->stop) == 0; i++) {
        const uint64_t gpa = PEER_SCRATCH + i % 4096 * 8;
        const uint64_t begun = qdpi_clock_us();
        uint64_t word = 0;
        int result = qdpi_mem_write64(load->bridge, gpa, i);

        if (result == 0)
            result = qdpi_mem_read64(load->bridge, gpa, &word);
        note_time(&longest, begun);
        if (result == 0 && lost)
            load->undead++;
        else if (result == 0)
            load->wrong += word != i ? 1 : 0;
        else if (result == QDPI_ERR_LOST)
            lost = true;
        else
            load->wrong++;
        if (i % 64 == 0 || lost)
            (void)usleep(50);
    }
    if (longest > load->longest_us)
        load->longest_us = longest;
    return NULL;
}

/** How many interrupt calls QEMU has not yet dealt with. */
static uint64_t interrupts_under_way(struct qdpi_bridge *bridge)
{
    return qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_POSTED) -
           qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_TAKEN) -
           qdpi_counter(bridge, QDPI_COUNTER_INTERRUPTS_FAILED);
}

static void *pulse(void *argument)
{
    struct peer_load *load = argument;
    int64_t longest = 0;

    while (qdpi_load_acquire_int(&load->stop) == 0) {
        const uint64_t begun = qdpi_clock_us();
        int result;

        (void)usleep(200);
        if (interrupts_under_way(load->bridge) >= UNDER_WAY_MAX)
            continue;
        result = qdpi_irq_pulse(load->bridge, PEER_LINE);
        note_time(&longest, begun);
        if (result == 0)
            load->posted++;
        else if (result != QDPI_ERR_LOST)
            load->refused++;
    }
    // Joined first, so it does not race with the other thread's figure.
    load->longest_us = longest;
    return NULL;
}

void peer_load_start(struct peer_load *load, struct qdpi_bridge *bridge, bool with_interrupts)
{
    *load = (struct peer_load){.bridge = bridge};
    if (with_interrupts)
        assert_int_equal(pthread_create(&load->interrupts, NULL, pulse, load), 0);
    else
        load->interrupts = pthread_self();
    assert_int_equal(pthread_create(&load->memory, NULL, access_memory, load), 0);
    load->runs = true;
}

void peer_load_join(struct peer_load *load)
{
    if (!load->runs)
        return;
    load->runs = false;
    qdpi_store_release_int(&load->stop, 1);
    if (!pthread_equal(load->interrupts, pthread_self()))
        (void)pthread_join(load->interrupts, NULL);
    (void)pthread_join(load->memory, NULL);
}
