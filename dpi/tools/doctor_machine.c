// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a machine has for a bridge, and what follows from it.

#include "doctor_machine.h"

#include <stdio.h>
#include <string.h>

static const char file_type[] = "memory-backend-file";

/// What -m needs beyond the RAM for QEMU to have slots: something that could be plugged in.
static const uint64_t hotplug_size = UINT64_C(1) << 30;

/// The doorbell numbers that the examples and tests of this project use end below it.
enum { SLOTS_ADVISED = 64, SLOTS_TEXT_MAX = 128 };

enum qdpi_machine_family qdpi_machine_family(const char *name)
{
    if (strcmp(name, "pc") == 0 || strncmp(name, "pc-i440fx", strlen("pc-i440fx")) == 0) {
        return QDPI_FAMILY_PC;
    }
    if (strcmp(name, "q35") == 0 || strncmp(name, "pc-q35", strlen("pc-q35")) == 0) {
        return QDPI_FAMILY_Q35;
    }
    return strcmp(name, "microvm") == 0 ? QDPI_FAMILY_MICROVM : QDPI_FAMILY_OTHER;
}

const struct qdpi_backend *qdpi_machine_backend(const struct qdpi_machine_facts *facts,
                                                const char *id)
{
    for (size_t i = 0; i < facts->backend_count; i++) {
        if (strcmp(facts->backends[i].id, id) == 0) {
            return &facts->backends[i];
        }
    }
    return NULL;
}

/// The whole of it, when nothing that is there can be kept.
static void remedy_whole(struct qdpi_finding *finding, const struct qdpi_machine_facts *facts)
{
    char size[QDPI_SIZE_TEXT_MAX];
    qdpi_finding_remedy(
        finding,
        "-object memory-backend-file,id=mem,size=%s,mem-path=/dev/shm/NAME,share=on "
        "-machine %s,memory-backend=mem",
        qdpi_size_text(facts->ram, size), facts->name);
}

static void remedy_object(struct qdpi_finding *finding, const struct qdpi_backend *backend)
{
    char size[QDPI_SIZE_TEXT_MAX];
    qdpi_finding_remedy(finding, "-object memory-backend-file,id=%s,size=%s,mem-path=%s,share=on",
                        backend->id, qdpi_size_text(backend->size, size),
                        backend->path[0] != '\0' ? backend->path : "/dev/shm/NAME");
}

static void judge_unused(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings)
{
    for (size_t i = 0; i < facts->backend_count; i++) {
        const struct qdpi_backend *backend = &facts->backends[i];
        if (!backend->used && strcmp(backend->type, file_type) == 0) {
            struct qdpi_finding *finding = qdpi_findings_add(
                findings, "backend-unused", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
                "the classic mistake: the file exists and stays empty, the guest's RAM is "
                "elsewhere",
                "no RAM of the guest is in the memory backend \"%s\"", backend->id);
            qdpi_finding_remedy(finding, "-machine %s,memory-backend=%s", facts->name, backend->id);
            return;
        }
    }
    struct qdpi_finding *finding =
        qdpi_findings_add(findings, "no-backend", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
                          "RAM that is private to QEMU is nothing to attach to",
                          facts->legacy_mem_path
                              ? "-mem-path makes a file that QEMU maps for itself alone and unlinks"
                              : "QEMU keeps the guest's RAM to itself");
    remedy_whole(finding, facts);
}

static bool is_good(const struct qdpi_backend *backend)
{
    return strcmp(backend->type, file_type) == 0 && backend->share;
}

/// `severity` of what is wrong: a part of the RAM that cannot be reached is not all of it.
static void judge_backend(const struct qdpi_backend *backend, enum qdpi_severity severity,
                          struct qdpi_findings *findings)
{
    char size[QDPI_SIZE_TEXT_MAX];
    if (strcmp(backend->type, file_type) != 0) {
        struct qdpi_finding *finding = qdpi_findings_add(
            findings, "backend-type", severity, QDPI_NEED_MEMORY,
            "memory without a file in the file system cannot be opened by another process",
            "the memory backend \"%s\" is a %s", backend->id, backend->type);
        remedy_object(finding, backend);
        return;
    }
    if (!backend->share) {
        struct qdpi_finding *finding =
            qdpi_findings_add(findings, "share-off", severity, QDPI_NEED_MEMORY,
                              "QEMU maps the file copy-on-write: both sides write and neither sees "
                              "the other",
                              "the memory backend \"%s\" has share=off", backend->id);
        remedy_object(finding, backend);
        return;
    }
    qdpi_findings_add(findings, "memory", QDPI_FINDING_GOOD, QDPI_NEED_MEMORY, NULL, "%s in %s",
                      qdpi_size_text(backend->size, size), backend->path);
}

static void judge_size(const struct qdpi_machine_facts *facts, uint64_t used,
                       struct qdpi_findings *findings)
{
    const struct qdpi_backend *backend = qdpi_machine_backend(facts, facts->wanted_backend);
    char ram[QDPI_SIZE_TEXT_MAX];
    char size[QDPI_SIZE_TEXT_MAX];
    if (used == facts->ram || facts->ram == 0) {
        return;
    }
    struct qdpi_finding *finding = qdpi_findings_add(
        findings, "backend-size", QDPI_FINDING_MISSING, QDPI_NEED_ALL,
        "QEMU does not start when the two differ",
        "-m gives the guest %s, and its memory backend%s has %s", qdpi_size_text(facts->ram, ram),
        backend != NULL ? "" : "s together", qdpi_size_text(used, size));
    if (backend != NULL) {
        qdpi_finding_remedy(finding, "-m %s", qdpi_size_text(backend->size, size));
    } else {
        qdpi_finding_remedy(finding, "-m %s", qdpi_size_text(used, size));
    }
}

static void judge_memory(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings)
{
    uint64_t used = 0;
    unsigned mapped = 0;
    enum qdpi_severity severity = QDPI_FINDING_MISSING;
    if (facts->wanted_backend[0] != '\0' &&
        qdpi_machine_backend(facts, facts->wanted_backend) == NULL) {
        struct qdpi_finding *finding =
            qdpi_findings_add(findings, "backend-unknown", QDPI_FINDING_MISSING, QDPI_NEED_ALL,
                              "QEMU does not start with it",
                              "-machine memory-backend=%s names a backend that no -object makes",
                              facts->wanted_backend);
        char size[QDPI_SIZE_TEXT_MAX];
        qdpi_finding_remedy(
            finding, "-object memory-backend-file,id=%s,size=%s,mem-path=/dev/shm/NAME,share=on",
            facts->wanted_backend, qdpi_size_text(facts->ram, size));
        return;
    }
    for (size_t i = 0; i < facts->backend_count; i++) {
        if (facts->backends[i].used && is_good(&facts->backends[i])) {
            severity = QDPI_FINDING_HAZARD;
        }
    }
    for (size_t i = 0; i < facts->backend_count; i++) {
        if (facts->backends[i].used) {
            used += facts->backends[i].dimm ? 0 : facts->backends[i].size;
            mapped += facts->backends[i].dimm ? 0 : 1;
            judge_backend(&facts->backends[i], severity, findings);
        }
    }
    if (mapped == 0 || facts->private_ram) {
        judge_unused(facts, findings);
    } else if (!facts->runs) {
        judge_size(facts, used, findings);
    }
}

static void remedy_slots(struct qdpi_finding *finding, const struct qdpi_machine_facts *facts)
{
    char ram[QDPI_SIZE_TEXT_MAX];
    char most[QDPI_SIZE_TEXT_MAX];
    qdpi_finding_remedy(finding, "-m %s,slots=%d,maxmem=%s", qdpi_size_text(facts->ram, ram),
                        SLOTS_ADVISED, qdpi_size_text(facts->ram + hotplug_size, most));
}

/// "1, 2" for the bits of `slots`.
static void list_slots(unsigned slots, char text[SLOTS_TEXT_MAX])
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned slot = 0; slot < 32; slot++) {
        if ((slots >> slot & 1U) != 0 && length < SLOTS_TEXT_MAX - 8) {
            length += (size_t)snprintf(text + length, SLOTS_TEXT_MAX - length, "%s%u",
                                       length > 0 ? ", " : "", slot);
        }
    }
}

static void judge_plugged(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings)
{
    const unsigned named = facts->slots_plugged & ~facts->slots_nameless;
    const char *dimm = "NAME";
    char numbers[SLOTS_TEXT_MAX];
    for (size_t i = 0; i < facts->backend_count; i++) {
        dimm = facts->backends[i].dimm ? facts->backends[i].id : dimm;
    }
    for (int nameless = 0; nameless < 2; nameless++) {
        const unsigned slots = nameless != 0 ? facts->slots_nameless : named;
        if (slots == 0) {
            continue;
        }
        list_slots(slots, numbers);
        struct qdpi_finding *finding =
            nameless != 0
                ? qdpi_findings_add(
                      findings, "dimm-without-id", QDPI_FINDING_HAZARD, QDPI_NEED_DOORBELL,
                      "QEMU does not say that what the guest writes for such a slot is "
                      "about its DIMM, so it is taken for a doorbell",
                      "the DIMM in memory slot %s has no id", numbers)
                : qdpi_findings_add(
                      findings, "slots-plugged", QDPI_FINDING_HAZARD, QDPI_NEED_DOORBELL,
                      "what the guest writes for such a slot is about its DIMM and is "
                      "not taken for a doorbell",
                      "a DIMM is plugged into memory slot %s", numbers);
        // The last number is the least likely to ring anything.
        qdpi_finding_remedy(finding, "-device pc-dimm,id=%s0,memdev=%s,slot=%u", dimm, dimm,
                            facts->slots - 1);
    }
}

static void judge_doorbells(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings)
{
    static const char why[] =
        "a doorbell is a write to the memory hot-plug registers at I/O 0xa00, "
        "which a PC has only with memory slots";
    struct qdpi_finding *finding;
    if (!facts->acpi) {
        finding = qdpi_findings_add(findings, "no-acpi", QDPI_FINDING_MISSING, QDPI_NEED_DOORBELL,
                                    why, "ACPI is off");
        qdpi_finding_remedy(finding, "-machine %s,acpi=on", facts->name);
        return;
    }
    if (facts->slots == 0) {
        finding = qdpi_findings_add(findings, "no-slots", QDPI_FINDING_MISSING, QDPI_NEED_DOORBELL,
                                    why, "the machine has no memory slots");
        remedy_slots(finding, facts);
        return;
    }
    if (!facts->ports) {
        finding = qdpi_findings_add(findings, "no-ports", QDPI_FINDING_MISSING, QDPI_NEED_DOORBELL,
                                    why, "a %s has its memory slots elsewhere", facts->name);
        qdpi_finding_remedy(finding, "-machine pc,memory-backend=%s",
                            facts->backend_count > 0 ? facts->backends[0].id : "mem");
        return;
    }
    if (facts->maxmem != 0 && facts->maxmem <= facts->ram) {
        finding = qdpi_findings_add(findings, "maxmem", QDPI_FINDING_MISSING, QDPI_NEED_ALL,
                                    "QEMU does not start when nothing could be plugged in",
                                    "there are memory slots, and maxmem is not above the RAM");
        remedy_slots(finding, facts);
        return;
    }
    qdpi_findings_add(findings, "doorbells", QDPI_FINDING_GOOD, QDPI_NEED_DOORBELL, NULL,
                      "%u memory slots: doorbells 0 to %u", facts->slots, facts->slots - 1);
    if (facts->slots < SLOTS_ADVISED) {
        finding = qdpi_findings_add(findings, "few-slots", QDPI_FINDING_NOTE, QDPI_NEED_DOORBELL,
                                    "a doorbell with a number from there on is lost in QEMU",
                                    "there are fewer than %d doorbells", SLOTS_ADVISED);
        remedy_slots(finding, facts);
    }
    if (facts->slots_plugged != 0) {
        judge_plugged(facts, findings);
    }
}

static void judge_interrupts(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings)
{
    if (facts->irq_lines) {
        qdpi_findings_add(findings, "interrupts", QDPI_FINDING_GOOD, QDPI_NEED_INTERRUPT, NULL,
                          "pc-testdev drives the ISA lines");
        return;
    }
    struct qdpi_finding *finding =
        qdpi_findings_add(findings, "no-lines", QDPI_FINDING_MISSING, QDPI_NEED_INTERRUPT,
                          "without its I/O ports 0x2000+n interrupts from RTL have no way in",
                          "the machine has no pc-testdev");
    qdpi_finding_remedy(finding, "-device pc-testdev");
}

static void judge_atomics(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings)
{
    static const char why[] = "the guest's `lock` instructions become plain loads and stores, "
                              "between which RTL's atomics fall";
    struct qdpi_finding *finding;
    if (facts->kvm) {
        qdpi_findings_add(findings, "atomics", QDPI_FINDING_GOOD, QDPI_NEED_ATOMICS, NULL,
                          "KVM runs the guest's own atomic instructions");
    } else if (facts->one_thread) {
        finding =
            qdpi_findings_add(findings, "one-thread", QDPI_FINDING_MISSING, QDPI_NEED_ATOMICS, why,
                              "TCG runs all CPUs in one thread (thread=single or -icount)");
        qdpi_finding_remedy(finding, "-accel tcg,thread=multi -smp %u,maxcpus=%u", facts->cpus,
                            facts->max_cpus > 1 ? facts->max_cpus : 2);
    } else if (facts->max_cpus <= 1) {
        finding = qdpi_findings_add(findings, "one-cpu", QDPI_FINDING_MISSING, QDPI_NEED_ATOMICS,
                                    why, "TCG has one CPU and no room for another");
        qdpi_finding_remedy(finding, "-smp 1,maxcpus=2");
    } else {
        qdpi_findings_add(findings, "atomics", QDPI_FINDING_GOOD, QDPI_NEED_ATOMICS, NULL,
                          "TCG with room for %u CPUs makes real locks", facts->max_cpus);
    }
}

static void judge_type(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings)
{
    struct qdpi_finding *finding;
    if (facts->family == QDPI_FAMILY_PC || facts->family == QDPI_FAMILY_Q35) {
        return;
    }
    finding = qdpi_findings_add(findings, "machine-type", QDPI_FINDING_HAZARD, QDPI_NEED_ALL,
                                "the bridge is tried with pc and q35; others have other registers, "
                                "interrupt lines and holes",
                                "the machine is %s", facts->name);
    qdpi_finding_remedy(finding, "-machine pc");
}

void qdpi_machine_judge(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings)
{
    judge_memory(facts, findings);
    judge_doorbells(facts, findings);
    judge_interrupts(facts, findings);
    judge_atomics(facts, findings);
    judge_type(facts, findings);
}
