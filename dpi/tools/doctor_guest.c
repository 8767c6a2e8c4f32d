// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A QEMU that runs: what it says over QMP.

#include "doctor_guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deadline.h"
#include "doctor_host.h"

/// QEMU's names for the registers of pc-testdev that drive the interrupt lines, and for those that
/// a guest rings with.
static const char irq_region[] = "pc-testdev-irq-line";
static const char slot_region[] = "acpi-mem-hotplug";

static void ignore_event(void *context, struct qdpi_qmp_client *client, const char *name,
                         const json_t *data)
{
    (void)context;
    (void)client;
    (void)name;
    (void)data;
}

static void ignore_answer(void *context, unsigned tag, int result, const char *sentence)
{
    (void)context;
    (void)tag;
    (void)result;
    (void)sentence;
}

/// The next question tells.
static void ignore_end(void *context, const char *sentence)
{
    (void)context;
    (void)sentence;
}

/// The finding for a connection that was refused with `result`.
static void judge_refusal(const char *path, int result, const char *sentence,
                          struct qdpi_findings *findings)
{
    static const struct {
        int result;
        const char *id;
        const char *remedy;  // before the path, and after it
        const char *rest;
    } causes[] = {
        {-ENOENT, "no-socket", "-qmp unix:", ",server=on,wait=off"},
        {-EACCES, "socket-permission", "run the simulator as the user who runs the QEMU of ", ""},
        {-EBUSY, "monitor-held", "-qmp unix:", "2,server=on,wait=off"},
        {-EPROTO, "not-qmp", "-qmp unix:", ".qmp,server=on,wait=off"},
        {-EINVAL, "socket-path", "-qmp unix:/dev/shm/NAME.sock,server=on,wait=off", NULL},
    };
    struct qdpi_finding *finding = NULL;
    for (size_t i = 0; i < sizeof causes / sizeof causes[0] && finding == NULL; i++) {
        if (causes[i].result == result) {
            finding = qdpi_findings_add(findings, causes[i].id, QDPI_FINDING_MISSING, QDPI_NEED_ALL,
                                        NULL, "%s", sentence);
            qdpi_finding_remedy(finding, "%s%s%s", causes[i].remedy,
                                causes[i].rest != NULL ? path : "",
                                causes[i].rest != NULL ? causes[i].rest : "");
        }
    }
    if (finding == NULL) {
        qdpi_findings_add(findings, "no-answer", QDPI_FINDING_MISSING, QDPI_NEED_ALL, NULL, "%s",
                          sentence);
    } else if (result == -EACCES) {
        char owner[QDPI_OWNER_MAX];
        qdpi_host_owner(path, owner);
        qdpi_finding_remedy(finding,
                            "run QEMU and the simulator as the same user; the socket's "
                            "owner is %s",
                            owner);
    }
}

int qdpi_guest_connect(const char *path, unsigned timeout_ms, struct qdpi_qmp_client **client,
                       struct qdpi_findings *findings)
{
    static const struct qdpi_qmp_callbacks callbacks = {
        .event = ignore_event, .posted = ignore_answer, .lost = ignore_end};
    // One try: whether a simulator could attach now is the question.
    const struct timespec now = qdpi_deadline_in(0);
    const struct timespec answer_by = qdpi_deadline_in(timeout_ms);
    struct qdpi_error error = {.text = ""};
    const int result = qdpi_qmp_connect(path, &now, &answer_by, &callbacks, client, &error);
    if (result != 0) {
        judge_refusal(path, result, error.text, findings);
    }
    return result;
}

/// Ask; a refusal is no answer. @return NULL without one, else to json_decref().
static json_t *ask(const struct qdpi_interview *interview, const char *command, json_t *arguments)
{
    json_t *answer = NULL;
    if (qdpi_qmp_execute(interview->client, command, arguments, interview->deadline, &answer,
                         NULL) != 0) {
        return NULL;
    }
    return answer;
}

/// A property of an object, as text; "": it has none of that name.
static void ask_property(const struct qdpi_interview *interview, const char *object,
                         const char *property, char *text, size_t room)
{
    json_t *answer =
        ask(interview, "qom-get", json_pack("{s:s, s:s}", "path", object, "property", property));
    const char *value = json_string_value(answer);
    snprintf(text, room, "%s", value != NULL ? value : "");
    json_decref(answer);
}

static void ask_version(const struct qdpi_interview *interview, struct qdpi_findings *findings)
{
    json_t *answer = ask(interview, "query-version", NULL);
    const json_t *version = json_object_get(answer, "qemu");
    const int major = (int)json_integer_value(json_object_get(version, "major"));
    const int minor = (int)json_integer_value(json_object_get(version, "minor"));
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", major, minor,
             (int)json_integer_value(json_object_get(version, "micro")));
    if (version != NULL) {
        qdpi_host_judge_version(major, minor, text, findings);
    }
    json_decref(answer);
}

static void ask_status(const struct qdpi_interview *interview, struct qdpi_findings *findings)
{
    json_t *answer = ask(interview, "query-status", NULL);
    const char *status = json_string_value(json_object_get(answer, "status"));
    const bool dead =
        status != NULL &&
        (strcmp(status, "internal-error") == 0 || strcmp(status, "guest-panicked") == 0 ||
         strcmp(status, "io-error") == 0 || strcmp(status, "shutdown") == 0);
    if (dead) {
        struct qdpi_finding *finding =
            qdpi_findings_add(findings, "guest-stands", QDPI_FINDING_HAZARD, QDPI_NEED_ALL,
                              "its CPUs will not run again", "the guest's state is %s", status);
        qdpi_finding_remedy(finding, "start QEMU again");
    } else if (status != NULL) {
        qdpi_findings_add(findings, "status", QDPI_FINDING_NOTE, 0, NULL, "the guest is %s",
                          strcmp(status, "prelaunch") == 0
                              ? "paused at its first instruction (prelaunch)"
                              : status);
    }
    json_decref(answer);
}

static void ask_machine(const struct qdpi_interview *interview, struct qdpi_machine_facts *facts)
{
    static const char suffix[] = "-machine";
    json_t *memory = ask(interview, "query-memory-size-summary", NULL);
    facts->ram = (uint64_t)json_integer_value(json_object_get(memory, "base-memory"));
    json_decref(memory);
    ask_property(interview, "/machine", "type", facts->name, sizeof facts->name);
    char *end = strstr(facts->name, suffix);
    if (end != NULL) {
        *end = '\0';
    }
    facts->family = qdpi_machine_family(facts->name);
    facts->acpi = true;
}

static bool is_in(const char *id, const struct qdpi_mtree_range *view, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(view[i].name, id) == 0) {
            return true;
        }
    }
    return false;
}

/// RAM that the machine has made for itself is a backend too: pc.ram, microvm.ram. One that was
/// asked for may be called the same, but the machine itself shares no file.
static bool is_machines_own(const struct qdpi_backend *backend, const char *machine)
{
    static const char *const names[] = {"pc.ram", "microvm.ram", "ram"};
    bool named = strcmp(backend->id, machine) == 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        named = named || strcmp(backend->id, names[i]) == 0;
    }
    return named && (strcmp(backend->type, "memory-backend-file") != 0 || !backend->share);
}

static void ask_backends(const struct qdpi_interview *interview,
                         const struct qdpi_mtree_range *view, size_t count,
                         struct qdpi_machine_facts *facts)
{
    json_t *answer = ask(interview, "query-memdev", NULL);
    const json_t *entry;
    size_t i;
    json_array_foreach(answer, i, entry)
    {
        struct qdpi_backend *backend = &facts->backends[facts->backend_count];
        const char *id = json_string_value(json_object_get(entry, "id"));
        char object[QDPI_BACKEND_ID_MAX + sizeof "/objects/"];
        if (facts->backend_count == QDPI_BACKENDS_MAX || id == NULL) {
            continue;
        }
        snprintf(backend->id, sizeof backend->id, "%s", id);
        snprintf(object, sizeof object, "/objects/%s", id);
        ask_property(interview, object, "type", backend->type, sizeof backend->type);
        ask_property(interview, object, "mem-path", backend->path, sizeof backend->path);
        backend->size = (uint64_t)json_integer_value(json_object_get(entry, "size"));
        backend->share = json_is_true(json_object_get(entry, "share"));
        backend->used = is_in(id, view, count);
        if (is_machines_own(backend, facts->name)) {
            facts->private_ram = facts->private_ram || backend->used;
        } else {
            facts->backend_count++;
        }
    }
    json_decref(answer);
}

static void ask_slots(const struct qdpi_interview *interview, struct qdpi_machine_facts *facts)
{
    json_t *answer = ask(interview, "query-acpi-ospm-status", NULL);
    const json_t *slot;
    size_t i;
    json_array_foreach(answer, i, slot)
    {
        const char *type = json_string_value(json_object_get(slot, "slot-type"));
        facts->slots += type != NULL && strcmp(type, "DIMM") == 0 ? 1 : 0;
    }
    json_decref(answer);
}

static void ask_dimms(const struct qdpi_interview *interview, struct qdpi_machine_facts *facts)
{
    static const char prefix[] = "/objects/";
    json_t *answer = ask(interview, "query-memory-devices", NULL);
    const json_t *device;
    size_t i;
    json_array_foreach(answer, i, device)
    {
        const json_t *data = json_object_get(device, "data");
        const json_t *slot = json_object_get(data, "slot");
        const char *id = json_string_value(json_object_get(data, "memdev"));
        if (json_is_integer(slot) && json_integer_value(slot) >= 0 &&
            json_integer_value(slot) < 32) {
            const unsigned bit = 1U << json_integer_value(slot);
            const bool named = json_object_get(data, "id") != NULL;
            facts->slots_plugged |= bit;
            facts->slots_nameless = (facts->slots_nameless & ~bit) | (named ? 0 : bit);
        }
        for (size_t j = 0; id != NULL && j < facts->backend_count; j++) {
            if (strncmp(id, prefix, strlen(prefix)) == 0 &&
                strcmp(facts->backends[j].id, id + strlen(prefix)) == 0) {
                facts->backends[j].dimm = true;
            }
        }
    }
    json_decref(answer);
}

static void ask_cpus(const struct qdpi_interview *interview, struct qdpi_machine_facts *facts)
{
    json_t *kvm = ask(interview, "query-kvm", NULL);
    json_t *cpus = ask(interview, "query-cpus-fast", NULL);
    json_t *possible = ask(interview, "query-hotpluggable-cpus", NULL);
    const json_t *first = json_object_get(json_array_get(cpus, 0), "thread-id");
    const json_t *second = json_object_get(json_array_get(cpus, 1), "thread-id");

    facts->kvm = json_is_true(json_object_get(kvm, "enabled"));
    facts->cpus = (unsigned)json_array_size(cpus);
    facts->max_cpus = (unsigned)json_array_size(possible);
    facts->max_cpus = facts->max_cpus > facts->cpus ? facts->max_cpus : facts->cpus;
    facts->one_thread = !facts->kvm && second != NULL && json_equal(first, second);
    json_decref(kvm);
    json_decref(cpus);
    json_decref(possible);
}

/// Ask for both flat views. @return how many ranges of memory, or negative.
static int ask_views(const struct qdpi_interview *interview, struct qdpi_machine_facts *facts,
                     struct qdpi_mtree_range **view, struct qdpi_error *error)
{
    struct qdpi_mtree_range *ports = NULL;
    char *text;
    const int result =
        qdpi_qmp_human(interview->client, "info mtree -f", interview->deadline, &text, error);
    if (result != 0) {
        return result;
    }
    const int port_count = qdpi_mtree_parse(text, "I/O", &ports, NULL);
    facts->irq_lines = port_count > 0 && is_in(irq_region, ports, (size_t)port_count);
    facts->ports = port_count > 0 && is_in(slot_region, ports, (size_t)port_count);
    free(ports);
    const int count = qdpi_mtree_parse(text, "memory", view, error);
    free(text);
    return count;
}

int qdpi_guest_ask(const struct qdpi_interview *interview, struct qdpi_machine_facts *facts,
                   struct qdpi_mtree_range **view, struct qdpi_findings *findings)
{
    struct qdpi_error error = {.text = ""};
    *facts = (struct qdpi_machine_facts){.runs = true};
    *view = NULL;
    ask_version(interview, findings);
    const int count = ask_views(interview, facts, view, &error);
    if (count < 0) {
        qdpi_findings_add(findings, "no-answer", QDPI_FINDING_MISSING, QDPI_NEED_ALL, NULL, "%s",
                          error.text);
        return count;
    }
    ask_status(interview, findings);
    ask_machine(interview, facts);
    ask_backends(interview, *view, (size_t)count, facts);
    ask_slots(interview, facts);
    ask_dimms(interview, facts);
    ask_cpus(interview, facts);
    return count;
}
