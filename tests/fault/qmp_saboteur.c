// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The test's side of the saboteur: to start it, to give it orders, and to end it.

#include "qmp_saboteur.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "live_qemu.h"
#include "saboteur_process.h"
#include "short_slices.h"

#define ORDER_MS 30000

struct saboteur {
    pid_t pid;
    int control;
    uint64_t orders;
};

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

struct saboteur *saboteur_start(const char *listens, const char *qemu)
{
    struct saboteur *saboteur = calloc(1, sizeof *saboteur);
    const pid_t parent = getpid();
    const int listener = listen_at(listens);
    int pair[2];

    assert_non_null(saboteur);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    saboteur->control = pair[0];
    saboteur->pid = fork();
    assert_true(saboteur->pid >= 0);
    if (saboteur->pid == 0) {
        // It stands between others that wait for each byte.
        qdpi_take_short_slices();
        // It goes with the test, however the test ends.
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(0);
        (void)close(pair[0]);
        saboteur_process_run(pair[1], listener, qemu);
    }
    (void)close(pair[1]);
    (void)close(listener);
    return saboteur;
}

void saboteur_stop(struct saboteur *saboteur)
{
    if (saboteur == NULL)
        return;
    (void)close(saboteur->control);
    (void)kill(saboteur->pid, SIGKILL);
    while (waitpid(saboteur->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(saboteur);
}

static struct saboteur_report talk(struct saboteur *saboteur,
                                   const struct saboteur_request *request)
{
    struct pollfd answer = {.fd = saboteur->control, .events = POLLIN};
    struct saboteur_report report = {.done = 0};

    assert_int_equal(send(saboteur->control, request, sizeof *request, MSG_NOSIGNAL),
                     sizeof *request);
    if (poll(&answer, 1, ORDER_MS) != 1)
        fail_msg("the saboteur does not take its order: the library does not read");
    assert_int_equal(recv(saboteur->control, &report, sizeof report, 0), sizeof report);
    return report;
}

void saboteur_order(struct saboteur *saboteur, enum saboteur_fault fault, uint64_t amount)
{
    const struct saboteur_request request = {
        .order = {
            .fault = fault, .amount = amount, .seed = qdpi_fault_seed() + saboteur->orders++}};

    (void)talk(saboteur, &request);
}

struct saboteur_report saboteur_report(struct saboteur *saboteur)
{
    return talk(saboteur, &(struct saboteur_request){.is_question = true});
}

struct saboteur_report saboteur_await_done(struct saboteur *saboteur, uint64_t done)
{
    const uint64_t deadline = qdpi_live_in_ms(ORDER_MS);
    struct saboteur_report report;

    while ((report = saboteur_report(saboteur)).done < done) {
        if (qdpi_live_ms_until(deadline) <= 0)
            fail_msg("the saboteur has not found what it is to break");
        qdpi_live_sleep_ms(1);
    }
    return report;
}
