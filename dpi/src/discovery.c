// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What stands where in the guest.

#include "discovery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine_layout.h"
#include "mtree.h"

/** QEMU's name for the register block of pc-testdev that drives the ISA interrupt lines
 *  (QEMU: hw/misc/pc-testdev.c). */
#define IRQ_LINE_REGION "pc-testdev-irq-line"
#define SLOT_REGION "acpi-mem-hotplug"
#define SLOT_PORT 0xa00U

int qdpi_discover_file(const struct qdpi_endpoint *endpoint, struct qdpi_guest_ram *ram,
                       struct qdpi_memory_map **map, struct qdpi_error *error)
{
    struct qdpi_map_range ranges[QDPI_MACHINE_LAYOUT_RANGES_MAX];
    size_t count;
    int file = qdpi_guest_ram_add(ram, "", endpoint->path, 0, endpoint->size, error);

    if (file < 0)
        return file;
    count = qdpi_machine_layout(endpoint->machine, ram->files[file].size, ranges);
    for (size_t i = 0; i < count; i++) {
        ranges[i].file = file;
        ranges[i].host = ram->files[file].host + ranges[i].offset;
    }
    *map = qdpi_memory_map_build(ranges, count);
    return *map != NULL ? 0 : qdpi_fail(error, -ENOMEM, "memory map: out of memory");
}

/** A property of backend object `id`. @return -EIO: it has none of that name. */
static int backend_property(struct qdpi_qmp_client *client, const char *id, const char *property,
                            const struct timespec *deadline, json_t **value,
                            struct qdpi_error *error)
{
    char object[QDPI_MTREE_NAME_MAX + sizeof "/objects/"];
    json_t *arguments;

    (void)snprintf(object, sizeof object, "/objects/%s", id);
    arguments = json_pack("{s:s, s:s}", "path", object, "property", property);
    // Asked without, QEMU would refuse, which says that there is none.
    if (arguments == NULL)
        return qdpi_fail(error, -ENOMEM, "memory map: out of memory");
    return qdpi_qmp_ask(client, "qom-get", arguments, deadline, value, error);
}

/** The file behind a backend. */
static int backend_path(struct qdpi_qmp_client *client, const char *id,
                        const struct timespec *deadline, json_t **path, struct qdpi_error *error)
{
    return backend_property(client, id, "mem-path", deadline, path, error);
}

/** Where in its file a backend begins: at 0 with a QEMU before 8.1, which has no such property. */
static int backend_offset(struct qdpi_qmp_client *client, const char *id,
                          const struct timespec *deadline, uint64_t *offset,
                          struct qdpi_error *error)
{
    struct qdpi_error refusal = {.text = ""};
    json_t *value = NULL;
    int result = backend_property(client, id, "offset", deadline, &value, &refusal);

    *offset = 0;
    if (result == -EIO)
        return 0;
    if (result != 0)
        return qdpi_fail(error, result, "%s", refusal.text);
    *offset = (uint64_t)json_integer_value(value);
    if (!json_is_integer(value) || *offset > INT64_MAX || *offset % 4096 != 0)
        result =
            qdpi_fail(error, -EPROTO, "QEMU's offset of \"%s\" is not a multiple of a page", id);
    json_decref(value);
    return result;
}

/** Map the file of one entry of query-memdev. */
static int add_backend(struct qdpi_qmp_client *client, struct qdpi_guest_ram *ram,
                       const json_t *backend, const struct timespec *deadline,
                       struct qdpi_error *error)
{
    const char *id = json_string_value(json_object_get(backend, "id"));
    json_int_t size = json_integer_value(json_object_get(backend, "size"));
    struct qdpi_error no_path = {.text = ""};
    json_t *path = NULL;
    uint64_t offset;
    int result;

    // Not ours: RAM that QEMU keeps for itself, or an object that -object did not make.
    if (id == NULL || size <= 0 || !json_is_true(json_object_get(backend, "share")))
        return 0;
    if (strlen(id) >= QDPI_MTREE_NAME_MAX)
        return 0;
    result = backend_path(client, id, deadline, &path, &no_path);
    if (result == -EIO)
        return 0;  // Shared, but without a file: memory-backend-memfd or -ram.
    if (result == 0 && !json_is_string(path)) {
        json_decref(path);
        result = qdpi_fail(&no_path, -EPROTO, "QEMU's mem-path of \"%s\" is no text", id);
    }
    if (result != 0)
        return qdpi_fail(error, result, "%s", no_path.text);
    result = backend_offset(client, id, deadline, &offset, error);
    if (result == 0) {
        const char *const text = json_string_value(path);

        if (qdpi_guest_ram_is_current(ram, id, text, offset, (uint64_t)size))
            ram->files[qdpi_guest_ram_find(ram, id)].known = true;
        else
            result = qdpi_guest_ram_add(ram, id, text, offset, (uint64_t)size, error);
    }
    json_decref(path);
    return result < 0 ? result : 0;
}

/** Map the files of all backends that are not mapped as they are now. @param backends receives
 * query-memdev's answer. */
static int add_backends(struct qdpi_qmp_client *client, struct qdpi_guest_ram *ram,
                        const struct timespec *deadline, json_t **backends,
                        struct qdpi_error *error)
{
    size_t i;
    const json_t *backend;
    int result = qdpi_qmp_ask(client, "query-memdev", NULL, deadline, backends, error);

    if (result != 0)
        return result;
    json_array_foreach(*backends, i, backend)
    {
        result = add_backend(client, ram, backend, deadline, error);
        if (result != 0)
            return result;
    }
    return 0;
}

/** The name of a backend that is shared, or is not and has a file; NULL: there is none. */
static const char *find_backend(struct qdpi_qmp_client *client, const json_t *backends, bool shared,
                                const struct timespec *deadline)
{
    size_t i;
    const json_t *backend;

    json_array_foreach(backends, i, backend)
    {
        const char *id = json_string_value(json_object_get(backend, "id"));
        json_t *path = NULL;
        bool has_file;

        if (id == NULL || json_is_true(json_object_get(backend, "share")) != shared)
            continue;
        // The RAM that a machine makes for itself is a backend too, but nobody can share it.
        has_file = shared || backend_path(client, id, deadline, &path, NULL) == 0;
        json_decref(path);
        if (has_file)
            return id;
    }
    return NULL;
}

/** Why no guest RAM is in a file that we can map. */
static int explain_no_ram(struct qdpi_qmp_client *client, const json_t *backends,
                          const struct timespec *deadline, struct qdpi_error *error)
{
    // The shared ones first: beside one that the machine does not use stands the machine's own.
    const char *id = find_backend(client, backends, true, deadline);

    if (id != NULL) {
        return qdpi_fail(
            error, -EOPNOTSUPP,
            "QEMU has the shared memory backend \"%s\", but no guest RAM is in a file of "
            "it: it must be a memory-backend-file, and the machine must use it: add "
            "-machine memory-backend=%s",
            id, id);
    }
    id = find_backend(client, backends, false, deadline);
    if (id != NULL) {
        return qdpi_fail(error, -EOPNOTSUPP,
                         "QEMU's memory backend \"%s\" has share=off, so writes to its file "
                         "would not reach the guest; add share=on to -object "
                         "memory-backend-file,id=%s,...",
                         id, id);
    }
    return qdpi_fail(error, -EOPNOTSUPP,
                     "QEMU keeps the guest's RAM to itself; start it with -object "
                     "memory-backend-file,id=mem,size=SIZE,mem-path=/dev/shm/NAME,share=on and "
                     "-machine memory-backend=mem");
}

/** One range of QEMU's view -> one of ours. */
static struct qdpi_map_range place(const struct qdpi_mtree_range *from,
                                   const struct qdpi_guest_ram *ram)
{
    struct qdpi_map_range range = {.first = from->first,
                                   .last = from->last,
                                   .host = NULL,
                                   .offset = 0,
                                   .file = QDPI_MAP_NO_FILE,
                                   .kind = from->kind};
    int file;

    if (from->kind == QDPI_MEMORY_DEVICE)
        return range;
    file = qdpi_guest_ram_find(ram, from->name);
    if (file >= 0 && ram->files[file].known && from->offset < ram->files[file].size &&
        from->last - from->first < ram->files[file].size - from->offset) {
        range.file = file;
        range.offset = from->offset;
        range.host = ram->files[file].host + from->offset;
    } else if (from->kind == QDPI_MEMORY_RAM) {
        range.kind = QDPI_MEMORY_DEVICE;  // RAM of a device, for instance of a VGA card.
    }
    return range;
}

static int build_map(const struct qdpi_mtree_range *view, size_t count,
                     const struct qdpi_guest_ram *ram, struct qdpi_memory_map **map,
                     struct qdpi_error *error)
{
    struct qdpi_map_range *ranges = malloc((count > 0 ? count : 1) * sizeof *ranges);

    if (ranges == NULL)
        return qdpi_fail(error, -ENOMEM, "memory map: out of memory");
    for (size_t i = 0; i < count; i++)
        ranges[i] = place(&view[i], ram);
    *map = qdpi_memory_map_build(ranges, count);
    free(ranges);
    if (*map == NULL) {
        return qdpi_fail(error, errno == ENOMEM ? -ENOMEM : -EPROTO,
                         "memory map: QEMU's flat view has overlapping ranges or memory is short");
    }
    return 0;
}

static bool is_known(const struct qdpi_guest_ram *ram, const char *name)
{
    const int file = qdpi_guest_ram_find(ram, name);

    return (file >= 0 && ram->files[file].known) || qdpi_guest_ram_is_foreign(ram, name);
}

/** The next range of RAM from `*at` on whose name is not known to stand for a file or for none. */
static const struct qdpi_mtree_range *next_unknown_ram(const struct qdpi_mtree_range *view,
                                                       int count, int *at,
                                                       const struct qdpi_guest_ram *ram)
{
    for (; *at < count; (*at)++) {
        if (view[*at].kind == QDPI_MEMORY_RAM && !is_known(ram, view[*at].name))
            return &view[*at];
    }
    return NULL;
}

/** Whoever makes a backend anew, under the same name with another file, tells nobody; but before,
 *  it must be out of the view. So a file that is not in the view is not known for longer. */
static void forget_unseen_files(struct qdpi_guest_ram *ram, const struct qdpi_mtree_range *view,
                                int count)
{
    for (size_t i = 0; i < ram->count; i++) {
        bool seen = false;

        for (int j = 0; j < count && !seen; j++)
            seen =
                view[j].kind != QDPI_MEMORY_DEVICE && strcmp(view[j].name, ram->files[i].name) == 0;
        ram->files[i].known = ram->files[i].known && seen;
    }
}

/** Map the files of what is new in `view`, so that a further look at it asks QEMU nothing more. */
static int settle_unknown_ram(struct qdpi_qmp_client *client, struct qdpi_guest_ram *ram,
                              const struct qdpi_mtree_range *view, int count,
                              const struct timespec *deadline, json_t **backends,
                              struct qdpi_error *error)
{
    const struct qdpi_mtree_range *range;
    int at = 0;
    int result = add_backends(client, ram, deadline, backends, error);

    while (result == 0 && (range = next_unknown_ram(view, count, &at, ram)) != NULL) {
        result = qdpi_guest_ram_add_foreign(ram, range->name);
        if (result != 0)
            (void)qdpi_fail(error, result, "memory map: out of memory");
    }
    return result;
}

static bool has_file(const struct qdpi_memory_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        if (map->ranges[i].host != NULL && map->ranges[i].kind == QDPI_MEMORY_RAM)
            return true;
    }
    return false;
}

/** The map of what QEMU shows as `text`. */
static int map_from_text(struct qdpi_qmp_client *client, struct qdpi_guest_ram *ram,
                         const char *text, bool backends_changed, const struct timespec *deadline,
                         struct qdpi_memory_map **map, struct qdpi_error *error)
{
    struct qdpi_mtree_range *view = NULL;
    json_t *backends = NULL;
    int at = 0;
    int result = 0;
    const int count = qdpi_mtree_parse(text, "memory", &view, error);

    *map = NULL;
    if (count < 0)
        return count;
    if (backends_changed)
        qdpi_guest_ram_forget_names(ram);
    if (backends_changed || next_unknown_ram(view, count, &at, ram) != NULL)
        result = settle_unknown_ram(client, ram, view, count, deadline, &backends, error);
    if (result == 0)
        result = build_map(view, (size_t)count, ram, map, error);
    forget_unseen_files(ram, view, count);
    if (*map != NULL && !has_file(*map)) {
        free(*map);
        *map = NULL;
        if (backends == NULL)
            result = qdpi_qmp_ask(client, "query-memdev", NULL, deadline, &backends, error);
        result = result == 0 ? explain_no_ram(client, backends, deadline, error) : result;
    }
    json_decref(backends);
    free(view);
    return result;
}

int qdpi_discover_map(struct qdpi_qmp_client *client, struct qdpi_guest_ram *ram,
                      bool backends_changed, const struct timespec *deadline,
                      struct qdpi_memory_map **map, struct qdpi_error *error)
{
    char *text;
    int result = qdpi_qmp_human(client, "info mtree -f", deadline, &text, error);

    if (result != 0)
        return result;
    result = map_from_text(client, ram, text, backends_changed, deadline, map, error);
    free(text);
    return result;
}

/** By the I/O ports that guest and monitor reach: the lines of pc-testdev, and the ACPI registers
 * of memory hot-plug where a doorbell expects them (a microvm has such registers elsewhere). */
static int ports_from_text(const char *text, unsigned *features, struct qdpi_error *error)
{
    struct qdpi_mtree_range *view;
    const int count = qdpi_mtree_parse(text, "I/O", &view, error);

    if (count < 0)
        return count;
    for (int i = 0; i < count; i++) {
        if (strcmp(view[i].name, IRQ_LINE_REGION) == 0)
            *features |= QDPI_FEATURE_INTERRUPT;
        if (strcmp(view[i].name, SLOT_REGION) == 0 && view[i].first == SLOT_PORT)
            *features |= QDPI_FEATURE_DOORBELL;
    }
    free(view);
    return 0;
}

/** Whether all of the guest's CPUs run in one thread of QEMU, by the answer to query-cpus-fast. */
static bool share_a_thread(const json_t *cpus)
{
    const json_t *first = json_object_get(json_array_get(cpus, 0), "thread-id");
    const json_t *second = json_object_get(json_array_get(cpus, 1), "thread-id");

    return json_equal(first, second) != 0;
}

/**
 * A TCG that runs all CPUs in one thread, or can never have a second CPU, compiles the guest's
 * `lock` instructions to plain loads and stores, between which our own atomics fall. KVM runs the
 * real instructions.
 */
static int discover_atomics(struct qdpi_qmp_client *client, const struct timespec *deadline,
                            unsigned *features, struct qdpi_error *error)
{
    struct qdpi_error refusal = {.text = ""};
    json_t *kvm;
    json_t *cpus;
    json_t *possible = NULL;
    bool atomic;
    int result = qdpi_qmp_ask(client, "query-kvm", NULL, deadline, &kvm, error);

    if (result != 0)
        return result;
    atomic = json_is_true(json_object_get(kvm, "enabled"));
    json_decref(kvm);
    result = qdpi_qmp_ask(client, "query-cpus-fast", NULL, deadline, &cpus, error);
    if (result != 0)
        return result;
    if (json_array_size(cpus) > 1) {
        atomic = atomic || !share_a_thread(cpus);
    } else {
        // A machine without CPU hot-plug refuses; then what there is, is all there can be.
        result =
            qdpi_qmp_ask(client, "query-hotpluggable-cpus", NULL, deadline, &possible, &refusal);
        atomic = atomic || json_array_size(possible) > 1;
        json_decref(possible);
    }
    json_decref(cpus);
    if (result != 0 && result != -EIO)
        return qdpi_fail(error, result, "%s", refusal.text);
    if (atomic)
        *features |= QDPI_FEATURE_ATOMICS;
    return 0;
}

int qdpi_discover_guest(struct qdpi_qmp_client *client, struct qdpi_guest_ram *ram,
                        const struct timespec *deadline, struct qdpi_memory_map **map,
                        unsigned *features, struct qdpi_error *error)
{
    char *text;
    int result = qdpi_qmp_human(client, "info mtree -f", deadline, &text, error);

    *features = QDPI_FEATURE_CONTROL;
    if (result != 0)
        return result;
    result = ports_from_text(text, features, error);
    if (result == 0)
        result = discover_atomics(client, deadline, features, error);
    if (result == 0)
        result = map_from_text(client, ram, text, false, deadline, map, error);
    free(text);
    return result;
}
