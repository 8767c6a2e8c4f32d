// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a machine has for a bridge, whether read from a command line or asked of a running QEMU, and
// what follows from it. Pure.

#ifndef QDPI_TOOLS_DOCTOR_MACHINE_H_
#define QDPI_TOOLS_DOCTOR_MACHINE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doctor_findings.h"

enum {
    QDPI_BACKENDS_MAX = 16,
    QDPI_BACKEND_ID_MAX = 128,
    QDPI_BACKEND_PATH_MAX = 4096,
    QDPI_MACHINE_NAME_MAX = 64,
};

enum qdpi_machine_family {
    QDPI_FAMILY_PC,  ///< i440FX
    QDPI_FAMILY_Q35,
    QDPI_FAMILY_MICROVM,
    QDPI_FAMILY_OTHER,
};

struct qdpi_backend {
    char id[QDPI_BACKEND_ID_MAX];
    char type[QDPI_BACKEND_ID_MAX];    ///< "memory-backend-file", "memory-backend-ram", ...
    char path[QDPI_BACKEND_PATH_MAX];  ///< absolute where the directory of QEMU is known
    uint64_t size;
    bool share;
    bool used;  ///< the machine's RAM, a NUMA node's or a DIMM's is in it; of a QEMU that runs
                ///< also what a device shows the guest
    bool dimm;  ///< a DIMM's, or that of another device that adds RAM
};

struct qdpi_machine_facts {
    bool runs;                         ///< QEMU has started, so what it checks is right
    char name[QDPI_MACHINE_NAME_MAX];  ///< as -machine takes it
    enum qdpi_machine_family family;
    uint64_t ram;     ///< at boot
    uint64_t maxmem;  ///< 0: not given
    struct qdpi_backend backends[QDPI_BACKENDS_MAX];
    size_t backend_count;
    bool private_ram;                          ///< the machine has made RAM for itself
    char wanted_backend[QDPI_BACKEND_ID_MAX];  ///< -machine memory-backend=; "": none
    bool legacy_mem_path;                      ///< -mem-path
    unsigned slots;
    unsigned slots_plugged;   ///< bits of the first 32 slots that a DIMM takes
    unsigned slots_nameless;  ///< those of them whose DIMM has no id
    bool acpi;
    bool ports;      ///< the registers that the guest rings with are where a PC has them
    bool irq_lines;  ///< pc-testdev
    unsigned cpus;
    unsigned max_cpus;
    bool kvm;
    bool kvm_or_tcg;  ///< KVM was asked for where it works, and another accelerator elsewhere
    bool one_thread;  ///< TCG runs all CPUs in one thread, or would without KVM
};

enum qdpi_machine_family qdpi_machine_family(const char *name);

/// Judge what stands in `facts`, the good included.
void qdpi_machine_judge(const struct qdpi_machine_facts *facts, struct qdpi_findings *findings);

/// The backend called `id`, or NULL.
const struct qdpi_backend *qdpi_machine_backend(const struct qdpi_machine_facts *facts,
                                                const char *id);

#endif
