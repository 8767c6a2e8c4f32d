// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Simulators that are killed while one guest works.

#include "simulator_outages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_run.h"
#include "qdpi_cmocka.h"

#define OPTIONS_MAX 16
#define PROGRESS_MS 60000U
#define BUSY_MS 100U
/** A simulator needs about 20 ms to attach. */
#define EARLY_MS 30U
/** What QEMU may keep for code that it has translated since. */
#define GROWTH_KIB 16384

// ---- The guest ---------------------------------------------------------------------------------

static long anonymous_kib(pid_t pid)
{
    char path[64];
    static const char label[] = "RssAnon:";
    char line[256];
    long kib = -1;
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    file = fopen(path, "re");
    assert_non_null(file);
    while (kib < 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, label, sizeof label - 1) == 0)
            kib = strtol(line + sizeof label - 1, NULL, 10);
    }
    (void)fclose(file);
    assert_true(kib >= 0);
    return kib;
}

/** To be freed; NULL: there is none. */
static char *last_line_with(const struct qdpi_outages *outages, const char *text)
{
    char path[QDPI_LIVE_PATH_MAX];
    char *found = NULL;
    char *line = NULL;
    size_t size = 0;
    FILE *console;

    qdpi_live_path(outages->qemu, "console.log", path);
    console = fopen(path, "re");
    assert_non_null(console);
    while (getline(&line, &size, console) > 0) {
        if (strstr(line, text) == NULL)
            continue;
        free(found);
        found = strdup(line);
        assert_non_null(found);
    }
    free(line);
    (void)fclose(console);
    return found;
}

char *qdpi_outages_console_line(const struct qdpi_outages *outages, const char *text)
{
    char *line = last_line_with(outages, text);

    if (line == NULL)
        fail_msg("the guest's console has no line with \"%s\"", text);
    return line;
}

void qdpi_outages_check_guest(struct qdpi_outages *outages)
{
    char *failure = last_line_with(outages, outages->failure);
    json_t *status;
    int ended;

    if (failure != NULL) {
        print_error("%s", failure);
        free(failure);
        fail_msg("the guest has failed after %lu kills", outages->kills);
    }
    if (waitpid(outages->qemu->pid, &ended, WNOHANG) != 0) {
        outages->qemu->pid = 0;
        fail_msg("QEMU has ended (wait status 0x%x) after %lu kills", (unsigned)ended,
                 outages->kills);
    }
    status = qdpi_live_execute(outages->qemu, "query-status", NULL);
    assert_string_equal(json_string_value(json_object_get(status, "status")), "running");
    json_decref(status);
}

// ---- The simulators ----------------------------------------------------------------------------

void qdpi_outages_start(struct qdpi_outages *outages)
{
    const char *command[OPTIONS_MAX + 3];
    char endpoint[QDPI_LIVE_PATH_MAX + 16];
    char log[QDPI_LIVE_PATH_MAX];
    size_t count = 0;
    pid_t *pids = realloc(outages->pids, (outages->pid_count + 1) * sizeof *pids);

    assert_non_null(pids);
    outages->pids = pids;
    qdpi_live_path(outages->qemu, "simulation.log", log);
    (void)snprintf(endpoint, sizeof endpoint, "+qemu=qmp:%s/%s", outages->qemu->scratch.path,
                   outages->socket != NULL ? outages->socket : "bridge.sock");
    command[count++] = outages->model;
    command[count++] = endpoint;
    for (size_t i = 0; outages->options[i] != NULL; i++) {
        assert_true(i < OPTIONS_MAX);
        command[count++] = outages->options[i];
    }
    command[count] = NULL;
    qdpi_simulation_start(&outages->simulation, log, command, NULL);
    outages->pids[outages->pid_count++] = outages->simulation.pid;
}

static void await_moment(struct qdpi_outages *outages, enum qdpi_outage_moment moment)
{
    unsigned limit = outages->random_ms;

    if (moment == QDPI_OUTAGE_BUSY) {
        qdpi_simulation_await_line(&outages->simulation, outages->progress, PROGRESS_MS);
        limit = BUSY_MS;
    } else if (moment == QDPI_OUTAGE_EARLY) {
        limit = EARLY_MS;
    }
    qdpi_live_sleep_ms((unsigned)qdpi_fault_below(&outages->random, limit));
}

void qdpi_outages_kill_one(struct qdpi_outages *outages, enum qdpi_outage_moment moment)
{
    qdpi_outages_start(outages);
    await_moment(outages, moment);
    // One that had ended by itself has not been killed, and nobody has told it to end.
    if (qdpi_simulation_has_ended(&outages->simulation))
        fail_msg("simulator %lu has ended by itself (wait status 0x%x)", outages->kills,
                 (unsigned)outages->simulation.status);
    qdpi_simulation_kill(&outages->simulation);
    outages->kills++;
    if (qdpi_simulation_count(&outages->simulation, "attached") == 0)
        outages->while_attaching++;
    assert_int_equal(qdpi_simulation_count(&outages->simulation, "%Error"), 0);
    assert_int_equal(qdpi_simulation_count(&outages->simulation, "%Fatal"), 0);
    if (outages->gap_ms != 0)
        qdpi_live_sleep_ms((unsigned)qdpi_fault_below(&outages->random, outages->gap_ms));
    qdpi_outages_check_guest(outages);
}

void qdpi_outages_kill_many(struct qdpi_outages *outages, uint64_t rounds)
{
    static const enum qdpi_outage_moment moments[] = {QDPI_OUTAGE_BUSY, QDPI_OUTAGE_RANDOM,
                                                      QDPI_OUTAGE_EARLY, QDPI_OUTAGE_RANDOM};

    for (uint64_t round = 0; round < rounds; round++) {
        qdpi_outages_kill_one(outages, moments[round % 4]);
        outages->late_kib = anonymous_kib(outages->qemu->pid);
        if (round <= rounds / 4)
            outages->early_kib = outages->late_kib;
    }
    assert_true(outages->late_kib <= outages->early_kib + GROWTH_KIB);
}

/** Whether `name` in /dev/shm is one of process `pid`: it stands between two hyphens. */
static bool belongs_to(const char *name, pid_t pid)
{
    char part[24];

    (void)snprintf(part, sizeof part, "-%ld-", (long)pid);
    return strstr(name, part) != NULL;
}

uint64_t qdpi_outages_count_left(const struct qdpi_outages *outages)
{
    DIR *shared = opendir("/dev/shm");
    const struct dirent *entry;
    uint64_t left = 0;

    assert_non_null(shared);
    while ((entry = readdir(shared)) != NULL) {
        for (size_t i = 0; strncmp(entry->d_name, "qemu-dpi-", 9) == 0 && i < outages->pid_count;
             i++) {
            if (!belongs_to(entry->d_name, outages->pids[i]))
                continue;
            print_error("/dev/shm/%s is left\n", entry->d_name);
            left++;
        }
    }
    (void)closedir(shared);
    return left;
}

void qdpi_outages_end(struct qdpi_outages *outages)
{
    qdpi_simulation_kill(&outages->simulation);
    free(outages->pids);
    *outages = (struct qdpi_outages){.qemu = NULL};
}
