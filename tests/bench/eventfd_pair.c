// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Two processes and two eventfds.

#include "eventfd_pair.h"

#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/** On a machine of one core both stay where they are. */
static void run_on(unsigned cpu)
{
    cpu_set_t only;

    CPU_ZERO(&only);
    CPU_SET(cpu, &only);
    (void)sched_setaffinity(0, sizeof only, &only);
}

static bool put(int fd)
{
    const uint64_t one = 1;

    return write(fd, &one, sizeof one) == sizeof one;
}

static bool get(int fd)
{
    uint64_t count;

    return read(fd, &count, sizeof count) == sizeof count;
}

_Noreturn static void answer(const struct eventfd_pair *pair, unsigned cpu)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    run_on(cpu);
    while (get(pair->there) && put(pair->back))
        continue;
    _exit(0);
}

bool eventfd_pair_start(struct eventfd_pair *pair)
{
    pair->there = eventfd(0, EFD_CLOEXEC);
    pair->back = eventfd(0, EFD_CLOEXEC);
    if (pair->there < 0 || pair->back < 0 ||
        sched_getaffinity(0, sizeof pair->before, &pair->before) != 0)
        return false;
    pair->peer = fork();
    if (pair->peer == 0)
        answer(pair, 1);
    run_on(0);
    return pair->peer > 0;
}

void eventfd_pair_stop(struct eventfd_pair *pair)
{
    (void)kill(pair->peer, SIGKILL);
    (void)waitpid(pair->peer, NULL, 0);
    (void)close(pair->there);
    (void)close(pair->back);
    (void)sched_setaffinity(0, sizeof pair->before, &pair->before);
}

bool eventfd_pair_send(const struct eventfd_pair *pair)
{
    return put(pair->there);
}

bool eventfd_pair_receive(const struct eventfd_pair *pair)
{
    return get(pair->back);
}
