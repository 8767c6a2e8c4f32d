// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What the doctor makes of a machine: each thing that is missing is found, with its remedy, and
// nothing else.

#include "doctor_findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_machine.h"
#include "qdpi_cmocka.h"

/// A machine that has all, and what is found of it.
struct fixture {
    struct qdpi_machine_facts facts;
    struct qdpi_findings findings;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL) {
        return -1;
    }
    fixture->facts = (struct qdpi_machine_facts){
        .name = "pc",
        .ram = UINT64_C(512) << 20,
        .maxmem = UINT64_C(1) << 30,
        .backend_count = 1,
        .backends = {{.id = "mem",
                      .type = "memory-backend-file",
                      .path = "/dev/shm/x",
                      .size = UINT64_C(512) << 20,
                      .share = true,
                      .used = true}},
        .wanted_backend = "mem",
        .slots = 64,
        .acpi = true,
        .ports = true,
        .irq_lines = true,
        .cpus = 1,
        .max_cpus = 2,
    };
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/// Judge, and expect `features` missing for the one reason `id`, with `remedy` in the remedy.
static void expect(struct fixture *fixture, const char *id, enum qdpi_severity severity,
                   unsigned features, const char *remedy)
{
    bool seen = false;
    qdpi_machine_judge(&fixture->facts, &fixture->findings);
    for (size_t i = 0; i < fixture->findings.count; i++) {
        const struct qdpi_finding *finding = &fixture->findings.items[i];
        if (strcmp(finding->id, id) == 0) {
            seen = true;
            assert_int_equal(finding->severity, severity);
            assert_int_equal(finding->features, features);
            if (strstr(finding->remedy, remedy) == NULL) {
                fail_msg("%s: \"%s\" is not in: %s", id, remedy, finding->remedy);
            }
        } else if (finding->severity >= QDPI_FINDING_HAZARD) {
            fail_msg("beside %s there is %s: %s", id, finding->id, finding->found);
        }
    }
    if (!seen) {
        fail_msg("%s was not found", id);
    }
    assert_int_equal(qdpi_findings_missing(&fixture->findings),
                     severity == QDPI_FINDING_MISSING ? features : 0);
}

static void test_all_there(void **state)
{
    struct fixture *fixture = *state;
    expect(fixture, "memory", QDPI_FINDING_GOOD, QDPI_NEED_MEMORY, "");
    assert_true(qdpi_findings_have(&fixture->findings, "doorbells"));
    assert_true(qdpi_findings_have(&fixture->findings, "interrupts"));
    assert_true(qdpi_findings_have(&fixture->findings, "atomics"));
}

static void test_no_backend(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.backend_count = 0;
    fixture->facts.wanted_backend[0] = '\0';
    expect(fixture, "no-backend", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
           "-object memory-backend-file,id=mem,size=512M,mem-path=/dev/shm/NAME,share=on -machine "
           "pc,memory-backend=mem");
}

static void test_unused(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.backends[0].used = false;
    fixture->facts.wanted_backend[0] = '\0';
    expect(fixture, "backend-unused", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
           "-machine pc,memory-backend=mem");
}

static void test_unknown(void **state)
{
    struct fixture *fixture = *state;
    strcpy(fixture->facts.wanted_backend, "other");
    expect(fixture, "backend-unknown", QDPI_FINDING_MISSING, QDPI_NEED_ALL, "id=other,size=512M");
}

static void test_type(void **state)
{
    struct fixture *fixture = *state;
    strcpy(fixture->facts.backends[0].type, "memory-backend-epc");
    expect(fixture, "backend-type", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
           "-object memory-backend-file,id=mem");
}

static void test_share_off(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.backends[0].share = false;
    expect(fixture, "share-off", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
           "size=512M,mem-path=/dev/shm/x,share=on");
}

static void test_size(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.backends[0].size += 1;
    expect(fixture, "backend-size", QDPI_FINDING_MISSING, QDPI_NEED_ALL, "-m 536870913");
}

/// A DIMM takes its slot's doorbell, and its memory is not the RAM that -m speaks of.
static void test_dimm(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.backends[1] = fixture->facts.backends[0];
    strcpy(fixture->facts.backends[1].id, "dimm");
    fixture->facts.backends[1].dimm = true;
    fixture->facts.backend_count = 2;
    fixture->facts.slots_plugged = 1U << 5;
    expect(fixture, "slots-plugged", QDPI_FINDING_HAZARD, QDPI_NEED_DOORBELL,
           "id=dimm0,memdev=dimm,slot=63");
}

/// RAM that is private to QEMU is so beside a DIMM too, whose file -machine must not take.
static void test_dimm_alone(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.backends[0].dimm = true;
    fixture->facts.wanted_backend[0] = '\0';
    expect(fixture, "no-backend", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
           "-object memory-backend-file,id=mem,size=512M");
}

/// What a device shows the guest is not the RAM that -m speaks of.
static void test_device_memory(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.runs = true;
    fixture->facts.backends[1] = fixture->facts.backends[0];
    strcpy(fixture->facts.backends[1].id, "shared");
    fixture->facts.backends[1].size = UINT64_C(1) << 20;
    fixture->facts.backend_count = 2;
    expect(fixture, "memory", QDPI_FINDING_GOOD, QDPI_NEED_MEMORY, "");
}

/// Nor does it make RAM reachable that the machine has made for itself.
static void test_device_memory_alone(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.runs = true;
    fixture->facts.private_ram = true;
    fixture->facts.wanted_backend[0] = '\0';
    expect(fixture, "no-backend", QDPI_FINDING_MISSING, QDPI_NEED_MEMORY,
           "-machine pc,memory-backend=mem");
}

/// Without an id it is not known for a DIMM.
static void test_dimm_without_id(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.slots_plugged = 1U << 5;
    fixture->facts.slots_nameless = 1U << 5;
    expect(fixture, "dimm-without-id", QDPI_FINDING_HAZARD, QDPI_NEED_DOORBELL,
           "-device pc-dimm,id=NAME0,memdev=NAME,slot=63");
}

/// One part of the RAM that cannot be reached is not all of it.
static void test_part(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.backends[1] = fixture->facts.backends[0];
    fixture->facts.backends[1].share = false;
    fixture->facts.backend_count = 2;
    fixture->facts.ram *= 2;
    fixture->facts.maxmem *= 2;
    expect(fixture, "share-off", QDPI_FINDING_HAZARD, QDPI_NEED_MEMORY, "share=on");
}

static void test_no_slots(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.slots = 0;
    expect(fixture, "no-slots", QDPI_FINDING_MISSING, QDPI_NEED_DOORBELL,
           "-m 512M,slots=64,maxmem=1536M");
}

static void test_few_slots(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.slots = 63;
    expect(fixture, "few-slots", QDPI_FINDING_NOTE, QDPI_NEED_DOORBELL, "slots=64");
}

static void test_maxmem(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.maxmem = fixture->facts.ram;
    expect(fixture, "maxmem", QDPI_FINDING_MISSING, QDPI_NEED_ALL, "maxmem=1536M");
}

static void test_no_acpi(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.acpi = false;
    expect(fixture, "no-acpi", QDPI_FINDING_MISSING, QDPI_NEED_DOORBELL, "-machine pc,acpi=on");
}

static void test_no_ports(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.ports = false;
    expect(fixture, "no-ports", QDPI_FINDING_MISSING, QDPI_NEED_DOORBELL, "-machine pc");
}

static void test_no_lines(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.irq_lines = false;
    expect(fixture, "no-lines", QDPI_FINDING_MISSING, QDPI_NEED_INTERRUPT, "-device pc-testdev");
}

static void test_one_cpu(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.max_cpus = 1;
    expect(fixture, "one-cpu", QDPI_FINDING_MISSING, QDPI_NEED_ATOMICS, "-smp 1,maxcpus=2");
}

static void test_one_cpu_of_kvm(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.max_cpus = 1;
    fixture->facts.kvm = true;
    expect(fixture, "atomics", QDPI_FINDING_GOOD, QDPI_NEED_ATOMICS, "");
}

static void test_one_thread(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.one_thread = true;
    expect(fixture, "one-thread", QDPI_FINDING_MISSING, QDPI_NEED_ATOMICS, "thread=multi");
}

static void test_other_machine(void **state)
{
    struct fixture *fixture = *state;
    strcpy(fixture->facts.name, "isapc");
    fixture->facts.family = qdpi_machine_family("isapc");
    expect(fixture, "machine-type", QDPI_FINDING_HAZARD, QDPI_NEED_ALL, "-machine pc");
    assert_int_equal(qdpi_machine_family("pc-i440fx-7.2"), QDPI_FAMILY_PC);
    assert_int_equal(qdpi_machine_family("pc-q35-10.0"), QDPI_FAMILY_Q35);
    assert_int_equal(qdpi_machine_family("pcx"), QDPI_FAMILY_OTHER);
}

/// More findings than there is room for: what is missing is not forgotten.
static void test_room(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 2 * (unsigned)QDPI_FINDINGS_MAX; i++) {
        qdpi_findings_add(&fixture->findings, "x",
                          i == QDPI_FINDINGS_MAX ? QDPI_FINDING_MISSING : QDPI_FINDING_NOTE,
                          i == QDPI_FINDINGS_MAX ? QDPI_NEED_EVENTS : 0, NULL, "%u", i);
    }
    assert_int_equal(fixture->findings.count, QDPI_FINDINGS_MAX);
    assert_int_equal(qdpi_findings_missing(&fixture->findings), QDPI_NEED_EVENTS);
    assert_string_equal(fixture->findings.items[0].found, "0");
}

static void test_names(void **state)
{
    char names[QDPI_NEED_NAMES_MAX];
    char size[QDPI_SIZE_TEXT_MAX];
    (void)state;
    qdpi_need_names(QDPI_NEED_ALL, names);
    assert_string_equal(names, "memory, doorbells, interrupts, events, atomics");
    qdpi_need_names(0, names);
    assert_string_equal(names, "nothing");
    assert_int_equal(qdpi_need_by_name("doorbell,", 8), QDPI_NEED_DOORBELL);
    assert_int_equal(qdpi_need_by_name("doorbells", 9), QDPI_NEED_DOORBELL);
    assert_int_equal(qdpi_need_by_name("memory", 6), QDPI_NEED_MEMORY);
    assert_int_equal(qdpi_need_by_name("memor", 5), 0);
    assert_int_equal(qdpi_need_by_name("", 0), 0);
    assert_string_equal(qdpi_size_text(UINT64_C(5) << 30, size), "5G");
    assert_string_equal(qdpi_size_text(UINT64_C(1536) << 20, size), "1536M");
    assert_string_equal(qdpi_size_text(1000, size), "1000");
    assert_string_equal(qdpi_size_text(0, size), "0");
}

#define with_machine(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_machine(test_all_there),
        with_machine(test_no_backend),
        with_machine(test_unused),
        with_machine(test_unknown),
        with_machine(test_type),
        with_machine(test_share_off),
        with_machine(test_size),
        with_machine(test_dimm),
        with_machine(test_dimm_alone),
        with_machine(test_device_memory),
        with_machine(test_device_memory_alone),
        with_machine(test_dimm_without_id),
        with_machine(test_part),
        with_machine(test_no_slots),
        with_machine(test_few_slots),
        with_machine(test_maxmem),
        with_machine(test_no_acpi),
        with_machine(test_no_ports),
        with_machine(test_no_lines),
        with_machine(test_one_cpu),
        with_machine(test_one_cpu_of_kvm),
        with_machine(test_one_thread),
        with_machine(test_other_machine),
        with_machine(test_room),
        cmocka_unit_test(test_names),
    };
    return qdpi_run_group(tests);
}
