// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What a command line says of the machine and of its monitors.

#include "doctor_line_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t mebibyte = UINT64_C(1) << 20;
static const uint64_t default_ram = UINT64_C(128) << 20;

static void copy_path(char *copy, size_t room, const char *path, const char *directory)
{
    if (path[0] == '/' || directory == NULL) {
        snprintf(copy, room, "%s", path);
    } else {
        snprintf(copy, room, "%s/%s", directory, path);
    }
}

static unsigned number(const char *text, unsigned otherwise)
{
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void read_machine(const struct qdpi_command_line *line, struct qdpi_machine_facts *facts)
{
    const size_t length = strlen(line->binary);
    const char *name = qdpi_command_line_merged(line, "machine", "");
    const char *type = qdpi_command_line_merged(line, "machine", "type");
    const char *acpi = qdpi_command_line_merged(line, "machine", "acpi");
    const char *backend = qdpi_command_line_merged(line, "machine", "memory-backend");
    // Debian builds a QEMU with this machine only.
    const bool micro = length > 8 && strcmp(line->binary + length - 8, "-microvm") == 0;

    name = type != NULL ? type : name;
    snprintf(facts->name, sizeof facts->name, "%s",
             name != NULL ? name : (micro ? "microvm" : "pc"));
    facts->family = qdpi_machine_family(facts->name);
    facts->ports = facts->family != QDPI_FAMILY_MICROVM;
    facts->acpi = !qdpi_command_line_has(line, "no-acpi") &&
                  (acpi == NULL || (strcmp(acpi, "off") != 0 && strcmp(acpi, "no") != 0));
    snprintf(facts->wanted_backend, sizeof facts->wanted_backend, "%s",
             backend != NULL ? backend : "");
}

static void read_ram(const struct qdpi_command_line *line, struct qdpi_machine_facts *facts)
{
    const char *implied = qdpi_command_line_merged(line, "m", "");
    const char *size = qdpi_command_line_merged(line, "m", "size");
    const char *maxmem = qdpi_command_line_merged(line, "m", "maxmem");

    size = size != NULL ? size : implied;
    facts->ram = default_ram;
    if (size != NULL) {
        (void)qdpi_line_size(size, mebibyte, &facts->ram);
    }
    if (maxmem != NULL) {
        (void)qdpi_line_size(maxmem, mebibyte, &facts->maxmem);
    }
    facts->slots = number(qdpi_command_line_merged(line, "m", "slots"), 0);
    facts->legacy_mem_path = qdpi_command_line_has(line, "mem-path");
}

static void read_backends(const struct qdpi_command_line *line, const char *directory,
                          struct qdpi_machine_facts *facts)
{
    const struct qdpi_line_option *option = NULL;
    while ((option = qdpi_command_line_next(line, "object", option)) != NULL &&
           facts->backend_count < QDPI_BACKENDS_MAX) {
        struct qdpi_backend *backend = &facts->backends[facts->backend_count];
        const char *type = qdpi_line_first(option, "qom-type");
        const char *id = qdpi_line_property(option, "id");
        const char *path = qdpi_line_property(option, "mem-path");
        const char *size = qdpi_line_property(option, "size");
        if (type == NULL || id == NULL || strncmp(type, "memory-backend-", 15) != 0) {
            continue;
        }
        snprintf(backend->type, sizeof backend->type, "%s", type);
        snprintf(backend->id, sizeof backend->id, "%s", id);
        if (path != NULL) {
            copy_path(backend->path, sizeof backend->path, path, directory);
        }
        if (size != NULL) {
            (void)qdpi_line_size(size, 1, &backend->size);
        }
        // QEMU's default for a memfd is the other way round.
        backend->share =
            qdpi_line_switch(option, "share", strcmp(type, "memory-backend-memfd") == 0);
        facts->backend_count++;
    }
}

/// Whether `option`, a -device, adds its memory to the guest's RAM; others, such as
/// ivshmem-plain, show it to the guest in their own way.
static bool adds_ram(const struct qdpi_line_option *option)
{
    const char *driver = qdpi_line_first(option, "driver");
    return driver != NULL && (strcmp(driver, "pc-dimm") == 0 || strcmp(driver, "nvdimm") == 0 ||
                              strncmp(driver, "virtio-mem", strlen("virtio-mem")) == 0 ||
                              strncmp(driver, "virtio-pmem", strlen("virtio-pmem")) == 0);
}

/// Mark what option `name` names with its property `key`.
static void mark_used(const struct qdpi_command_line *line, const char *name, const char *key,
                      struct qdpi_machine_facts *facts)
{
    const bool is_device = strcmp(name, "device") == 0;
    const struct qdpi_line_option *option = NULL;
    while ((option = qdpi_command_line_next(line, name, option)) != NULL) {
        const char *id = qdpi_line_property(option, key);
        if (id == NULL || (is_device && !adds_ram(option))) {
            continue;
        }
        for (size_t i = 0; i < facts->backend_count; i++) {
            const bool here = strcmp(facts->backends[i].id, id) == 0;
            facts->backends[i].used = facts->backends[i].used || here;
            facts->backends[i].dimm = facts->backends[i].dimm || (here && is_device);
        }
    }
}

static void read_dimms(const struct qdpi_command_line *line, struct qdpi_machine_facts *facts)
{
    const struct qdpi_line_option *option = NULL;
    unsigned next = 0;
    while ((option = qdpi_command_line_next(line, "device", option)) != NULL) {
        const char *driver = qdpi_line_first(option, "driver");
        if (driver == NULL) {
            continue;
        }
        facts->irq_lines = facts->irq_lines || strcmp(driver, "pc-testdev") == 0;
        if (strcmp(driver, "pc-dimm") == 0 || strcmp(driver, "nvdimm") == 0) {
            const unsigned slot = number(qdpi_line_property(option, "slot"), next++);
            const unsigned bit = slot < 32 ? 1U << slot : 0;
            facts->slots_plugged |= bit;
            facts->slots_nameless |= qdpi_line_property(option, "id") == NULL ? bit : 0;
        }
    }
}

static void read_cpus(const struct qdpi_command_line *line, struct qdpi_machine_facts *facts)
{
    static const char *const levels[] = {"drawers", "books",    "sockets", "dies",
                                         "modules", "clusters", "cores",   "threads"};
    const char *implied = qdpi_command_line_merged(line, "smp", "");
    const char *cpus = qdpi_command_line_merged(line, "smp", "cpus");
    const char *most = qdpi_command_line_merged(line, "smp", "maxcpus");
    unsigned product = 1;

    cpus = cpus != NULL ? cpus : implied;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        const unsigned here = number(qdpi_command_line_merged(line, "smp", levels[i]), 1);
        product *= here > 0 ? here : 1;
    }
    facts->max_cpus = number(most, product);
    facts->cpus = number(cpus, facts->max_cpus);
    facts->max_cpus = facts->max_cpus > facts->cpus ? facts->max_cpus : facts->cpus;
}

static void read_accelerator(const struct qdpi_command_line *line, struct qdpi_machine_facts *facts)
{
    // The first that works is taken; later ones are for hosts without it.
    const struct qdpi_line_option *first = qdpi_command_line_next(line, "accel", NULL);
    const struct qdpi_line_option *second =
        first != NULL ? qdpi_command_line_next(line, "accel", first) : NULL;
    const char *name = first != NULL ? qdpi_line_first(first, "accel")
                                     : qdpi_command_line_merged(line, "machine", "accel");

    facts->kvm =
        qdpi_command_line_has(line, "enable-kvm") || (name != NULL && strncmp(name, "kvm", 3) == 0);
    facts->kvm_or_tcg =
        facts->kvm && (second != NULL || (name != NULL && strchr(name, ':') != NULL));
    const struct qdpi_line_option *tcg = facts->kvm ? second : first;
    const char *thread = tcg != NULL ? qdpi_line_property(tcg, "thread") : NULL;
    facts->one_thread =
        (!facts->kvm || facts->kvm_or_tcg) && ((thread != NULL && strcmp(thread, "single") == 0) ||
                                               qdpi_command_line_has(line, "icount"));
}

void qdpi_line_facts(const struct qdpi_command_line *line, const char *directory,
                     struct qdpi_machine_facts *facts)
{
    *facts = (struct qdpi_machine_facts){0};
    read_machine(line, facts);
    read_ram(line, facts);
    read_backends(line, directory, facts);
    mark_used(line, "machine", "memory-backend", facts);
    mark_used(line, "numa", "memdev", facts);
    mark_used(line, "device", "memdev", facts);
    read_dimms(line, facts);
    read_cpus(line, facts);
    read_accelerator(line, facts);
}

// ---- Monitors ----------------------------------------------------------------------------------

static void add_monitor(struct qdpi_line_monitors *monitors, const char *path, bool server,
                        bool wait, const char *directory)
{
    if (path == NULL) {
        monitors->others++;
    } else if (!server) {
        monitors->clients++;
    } else if (monitors->count < QDPI_MONITORS_MAX) {
        struct qdpi_line_monitor *monitor = &monitors->list[monitors->count++];
        copy_path(monitor->path, sizeof monitor->path, path, directory);
        monitor->wait = wait;
    }
}

static const struct qdpi_line_option *find_chardev(const struct qdpi_command_line *line,
                                                   const char *id)
{
    const struct qdpi_line_option *option = NULL;
    while ((option = qdpi_command_line_next(line, "chardev", option)) != NULL) {
        const char *here = qdpi_line_property(option, "id");
        if (here != NULL && id != NULL && strcmp(here, id) == 0) {
            break;
        }
    }
    return option;
}

static void add_chardev_monitor(const struct qdpi_command_line *line, const char *id,
                                const char *directory, struct qdpi_line_monitors *monitors)
{
    const struct qdpi_line_option *chardev = find_chardev(line, id);
    if (chardev == NULL) {
        monitors->others++;
        return;
    }
    add_monitor(monitors, qdpi_line_property(chardev, "path"),
                qdpi_line_switch(chardev, "server", false), qdpi_line_switch(chardev, "wait", true),
                directory);
}

static void add_qmp(const struct qdpi_command_line *line, const struct qdpi_line_option *option,
                    const char *directory, struct qdpi_line_monitors *monitors)
{
    const char *where = qdpi_line_property(option, "");
    if (where != NULL && strncmp(where, "chardev:", 8) == 0) {
        add_chardev_monitor(line, where + 8, directory, monitors);
    } else if (where != NULL && strncmp(where, "unix:", 5) == 0) {
        add_monitor(monitors, where + 5, qdpi_line_switch(option, "server", false),
                    qdpi_line_switch(option, "wait", true), directory);
    } else if (where != NULL && strcmp(where, "none") != 0) {
        monitors->others++;
    }
}

void qdpi_line_monitors(const struct qdpi_command_line *line, const char *directory,
                        struct qdpi_line_monitors *monitors)
{
    static const char *const names[] = {"qmp", "qmp-pretty"};
    const struct qdpi_line_option *option = NULL;

    memset(monitors, 0, sizeof *monitors);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        while ((option = qdpi_command_line_next(line, names[i], option)) != NULL) {
            add_qmp(line, option, directory, monitors);
        }
    }
    while ((option = qdpi_command_line_next(line, "mon", option)) != NULL) {
        const char *mode = qdpi_line_property(option, "mode");
        if (mode != NULL && strcmp(mode, "control") == 0) {
            add_chardev_monitor(line, qdpi_line_first(option, "chardev"), directory, monitors);
        }
    }
}
