// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// One examination of a QEMU that runs.

#include "doctor_examination.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attachment.h"
#include "deadline.h"
#include "doctor_guest.h"
#include "doctor_host.h"
#include "doctor_line_facts.h"
#include "doctor_neighbours.h"
#include "doctor_processes.h"
#include "endpoint.h"
#include "process_maps.h"

enum {
    HELD_MS = 1000,  // another one's quick question is over by then
    RETRY_MS = 20,
};

/// What is known of the QEMU before it is asked.
struct patient {
    struct qdpi_process process;
    struct qdpi_command_line line;
    struct qdpi_line_monitors monitors;
    struct qdpi_machine_facts facts;  // by the line, then by QEMU itself
    bool has_line;
};

static void admit(struct patient *patient, pid_t pid)
{
    if (pid == 0 || qdpi_process_read(pid, &patient->process) != 0) {
        return;
    }
    // A proxy's command line, or that of whoever opened the socket for QEMU, is none of QEMU's.
    if (!qdpi_process_is_qemu(&patient->process)) {
        return;
    }
    if (qdpi_command_line_parse(patient->process.words, patient->process.count, &patient->line,
                                NULL) != 0) {
        return;
    }
    patient->has_line = true;
    qdpi_line_monitors(&patient->line, patient->process.directory, &patient->monitors);
    qdpi_line_facts(&patient->line, patient->process.directory, &patient->facts);
    patient->facts.runs = true;
    qdpi_host_settle_accelerator(&patient->facts);
}

static void discharge(struct patient *patient)
{
    qdpi_command_line_release(&patient->line);
    qdpi_process_release(&patient->process);
    free(patient);
}

static struct qdpi_socket_use use_when_free(const char *path, unsigned timeout_ms)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms < HELD_MS ? timeout_ms : HELD_MS);
    struct qdpi_socket_use use = qdpi_socket_use(path);
    while (use.held && qdpi_deadline_left_ms(&deadline) > 0) {
        poll(NULL, 0, RETRY_MS);
        use = qdpi_socket_use(path);
    }
    return use;
}

/// A monitor of the same QEMU that nobody holds, or NULL.
static const char *free_monitor(const struct qdpi_line_monitors *monitors)
{
    for (size_t i = 0; i < monitors->count; i++) {
        const char *path = monitors->list[i].path;
        if (access(path, W_OK) == 0 && !qdpi_socket_use(path).held) {
            return path;
        }
    }
    return NULL;
}

/// The endpoint for the socket `path`, in which '%' and '?' have a meaning.
static void write_endpoint(const char *path, bool any_owner, char endpoint[QDPI_SUBJECT_MAX])
{
    static const char suffix[] = "?owner=any";
    size_t length = strlen(strcpy(endpoint, "qmp:"));
    for (; *path != '\0' && length + strlen("%25") + sizeof suffix < QDPI_SUBJECT_MAX; path++) {
        if (*path == '%' || *path == '?') {
            length = (size_t)(stpcpy(endpoint + length, *path == '%' ? "%25" : "%3F") - endpoint);
        } else {
            endpoint[length++] = *path;
        }
    }
    strcpy(endpoint + length, any_owner ? suffix : "");
}

static void judge_held(const char *path, const struct qdpi_socket_use *use,
                       const struct qdpi_line_monitors *monitors, struct qdpi_findings *findings)
{
    char name[QDPI_PROCESS_NAME_MAX];
    char holder[QDPI_PROCESS_NAME_MAX + 32] = "a process of another user or container";
    const char *other = free_monitor(monitors);
    if (use->holder != 0) {
        qdpi_process_name(use->holder, name);
        snprintf(holder, sizeof holder, "process %d (%s)", (int)use->holder, name);
    }
    struct qdpi_finding *finding =
        qdpi_findings_add(findings, "monitor-held", QDPI_FINDING_MISSING, QDPI_NEED_ALL,
                          "a QMP socket serves one client at a time", "%s is connected to %s%s%s%s",
                          holder, path, other != NULL ? "; " : "", other != NULL ? other : "",
                          other != NULL ? " of the same QEMU is free" : "");
    if (other != NULL) {
        char endpoint[QDPI_SUBJECT_MAX];
        write_endpoint(other, false, endpoint);
        qdpi_finding_remedy(finding, "-e %s", endpoint);
    } else {
        qdpi_finding_remedy(finding, "-qmp unix:%s.2,server=on,wait=off", path);
    }
}

static void judge_files(const struct qdpi_machine_facts *facts, pid_t pid,
                        struct qdpi_findings *findings)
{
    for (size_t i = 0; i < facts->backend_count; i++) {
        const struct qdpi_backend *backend = &facts->backends[i];
        if (!backend->used || !backend->share || backend->path[0] == '\0') {
            continue;
        }
        struct stat now;
        qdpi_host_judge_file(backend, findings);
        if (pid != 0 && stat(backend->path, &now) == 0 &&
            qdpi_process_maps(pid, backend->path, &now) == QDPI_MAPPED_DELETED) {
            struct qdpi_finding *finding = qdpi_findings_add(
                findings, "stale-file", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
                "a simulator would read and write memory that no guest has",
                "%s is not the file that QEMU has mapped: it was replaced after QEMU's start",
                backend->path);
            qdpi_finding_remedy(finding, "start QEMU again, and leave the file where it is");
        }
        // Of a QEMU that is not known by its number it would be said that it is beside itself.
        if (pid != 0) {
            qdpi_judge_neighbours(backend, pid, findings);
        }
    }
}

/// Ask over the connection, which is closed then: the simulator's needs it.
static void ask(struct patient *patient, struct qdpi_qmp_client *client, unsigned timeout_ms,
                struct qdpi_examination *examination)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);
    const struct qdpi_interview interview = {.client = client, .deadline = &deadline};
    // A QEMU with one CPU does not tell how many threads it would use.
    const bool one_thread = patient->facts.one_thread;
    const bool legacy_mem_path = patient->facts.legacy_mem_path;
    struct qdpi_mtree_range *view = NULL;
    const int count = qdpi_guest_ask(&interview, &patient->facts, &view, &examination->findings);
    if (count >= 0) {
        patient->facts.one_thread |= one_thread && !patient->facts.kvm;
        patient->facts.legacy_mem_path = legacy_mem_path;
        qdpi_machine_judge(&patient->facts, &examination->findings);
        judge_files(&patient->facts, examination->pid, &examination->findings);
        qdpi_guest_probe(&interview, &patient->facts, view, (size_t)count, &examination->findings);
    }
    free(view);
}

static void judge_line(const struct patient *patient, struct qdpi_findings *findings)
{
    if (patient->has_line) {
        // One that answers need not stand there: it may be in a file that QEMU has read.
        if (patient->monitors.count > 0) {
            qdpi_line_judge_monitors(&patient->monitors, findings);
        }
        qdpi_line_judge_rest(&patient->line, findings);
    }
}

/// `path` is a QMP socket of the patient, if it is a QEMU's at all.
static void examine_monitor(struct qdpi_examination *examination, struct patient *patient,
                            const char *path, bool any_owner, unsigned timeout_ms)
{
    struct qdpi_findings *findings = &examination->findings;
    struct qdpi_qmp_client *client = NULL;
    const struct qdpi_socket_use use = use_when_free(path, timeout_ms);

    write_endpoint(path, any_owner, examination->endpoint);
    if (!patient->has_line) {
        admit(patient, use.listener);
        examination->pid = patient->has_line ? use.listener : 0;
    }
    if (use.held) {
        judge_held(path, &use, &patient->monitors, findings);
        if (patient->has_line) {
            qdpi_machine_judge(&patient->facts, findings);
        }
    } else if (qdpi_guest_connect(path, timeout_ms, &client, findings) == 0) {
        ask(patient, client, timeout_ms, examination);
        qdpi_qmp_close(client);
        examination->usable = qdpi_guest_attach(examination->endpoint, timeout_ms, findings);
    }
    judge_line(patient, findings);
    examination->usable &= ~qdpi_findings_missing(findings);
}

static void examine_file(struct qdpi_examination *examination, const struct qdpi_endpoint *endpoint,
                         unsigned timeout_ms)
{
    struct qdpi_backend backend = {.id = "mem", .size = endpoint->size, .share = true};
    snprintf(backend.path, sizeof backend.path, "%s", endpoint->path);
    qdpi_host_judge_file(&backend, &examination->findings);
    struct qdpi_finding *finding = qdpi_findings_add(
        &examination->findings, "file-endpoint", QDPI_FINDING_MISSING,
        QDPI_NEED_DOORBELL | QDPI_NEED_INTERRUPT | QDPI_NEED_EVENTS,
        "they go over QEMU's monitor, and a file has none", "the endpoint is a RAM file alone");
    qdpi_finding_remedy(finding, "-qmp unix:/dev/shm/NAME.sock,server=on,wait=off");
    examination->usable =
        qdpi_guest_attach(examination->endpoint, timeout_ms, &examination->findings);
}

/// What env: stands for. @return NULL: the variable is not set.
static const char *resolve(const char *endpoint, const char **variable)
{
    *variable = NULL;
    if (strncmp(endpoint, "env:", 4) != 0) {
        return endpoint;
    }
    *variable = endpoint + 4;
    return getenv(*variable);
}

void qdpi_examine_endpoint(struct qdpi_examination *examination, const char *endpoint,
                           unsigned timeout_ms)
{
    struct qdpi_error error = {.text = ""};
    struct qdpi_endpoint *parsed = calloc(1, sizeof *parsed);
    struct patient *patient = calloc(1, sizeof *patient);
    const char *variable;
    const char *text = resolve(endpoint, &variable);

    examination->running = true;
    snprintf(examination->subject, sizeof examination->subject, "%s",
             text != NULL ? text : endpoint);
    if (text == NULL) {
        qdpi_findings_add(&examination->findings, "bad-endpoint", QDPI_FINDING_MISSING,
                          QDPI_NEED_ALL, NULL, "the environment variable %s is not set", variable);
    } else if (parsed != NULL && patient != NULL) {
        // A variable is read by the library, which takes no bare paths.
        snprintf(examination->endpoint, sizeof examination->endpoint, "%s%s",
                 variable == NULL && qdpi_attachment_is_socket(text) ? "qmp:" : "", text);
        if (qdpi_endpoint_parse(examination->endpoint, parsed, &error) != 0) {
            struct qdpi_finding *finding =
                qdpi_findings_add(&examination->findings, "bad-endpoint", QDPI_FINDING_MISSING,
                                  QDPI_NEED_ALL, NULL, "%s", error.text);
            qdpi_finding_remedy(finding, "-qmp unix:/dev/shm/NAME.sock,server=on,wait=off");
        } else if (parsed->kind == QDPI_ENDPOINT_FILE) {
            examine_file(examination, parsed, timeout_ms);
        } else {
            examine_monitor(examination, patient, parsed->path, parsed->any_owner, timeout_ms);
        }
    }
    free(parsed);
    if (patient != NULL) {
        discharge(patient);
    }
}

/// Without a monitor there is still the RAM file.
static void examine_without_monitor(struct qdpi_examination *examination,
                                    const struct patient *patient, unsigned timeout_ms)
{
    const struct qdpi_machine_facts *facts = &patient->facts;
    struct qdpi_findings *findings = &examination->findings;

    qdpi_machine_judge(facts, findings);
    judge_files(facts, examination->pid, findings);
    if (patient->has_line) {
        qdpi_line_judge_monitors(&patient->monitors, findings);
    }
    judge_line(patient, findings);
    for (size_t i = 0; i < facts->backend_count; i++) {
        const struct qdpi_backend *backend = &facts->backends[i];
        // The layout of other machines, or of memory in several pieces, only QEMU could tell.
        if (backend->used && backend->size == facts->ram && facts->family <= QDPI_FAMILY_Q35 &&
            strpbrk(backend->path, "?%") == NULL) {
            snprintf(examination->endpoint, sizeof examination->endpoint, "file:%s?machine=%s",
                     backend->path, facts->family == QDPI_FAMILY_PC ? "pc" : "q35");
            examination->usable = qdpi_guest_attach(examination->endpoint, timeout_ms, findings);
        }
    }
}

static void refuse_process(struct qdpi_examination *examination, pid_t pid, const char *why)
{
    struct qdpi_finding *finding =
        qdpi_findings_add(&examination->findings, "no-qemu", QDPI_FINDING_MISSING, QDPI_NEED_ALL,
                          NULL, "process %d %s", (int)pid, why);
    qdpi_finding_remedy(finding, "`pgrep qemu` lists those that run");
}

void qdpi_examine_process(struct qdpi_examination *examination, pid_t pid, unsigned timeout_ms)
{
    struct patient *patient = calloc(1, sizeof *patient);

    examination->running = true;
    snprintf(examination->subject, sizeof examination->subject, "process %d", (int)pid);
    if (patient == NULL) {
        return;
    }
    admit(patient, pid);
    if (patient->process.count == 0) {
        refuse_process(examination, pid, "does not run, or belongs to somebody else");
    } else if (!qdpi_process_is_qemu(&patient->process)) {
        refuse_process(examination, pid, "is no QEMU");
    } else {
        const char *name = qdpi_command_line_merged(&patient->line, "name", "guest");
        name = name != NULL ? name : qdpi_command_line_merged(&patient->line, "name", "");
        examination->pid = pid;
        if (name != NULL) {
            snprintf(examination->subject, sizeof examination->subject, "process %d, -name %s",
                     (int)pid, name);
        }
        const char *path = free_monitor(&patient->monitors);
        if (patient->monitors.count == 0) {
            examine_without_monitor(examination, patient, timeout_ms);
        } else {
            examine_monitor(examination, patient,
                            path != NULL ? path : patient->monitors.list[0].path, false,
                            timeout_ms);
        }
    }
    discharge(patient);
}
