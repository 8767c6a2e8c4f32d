// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A line that starts the launcher -> the QEMU command line that it comes to, as far as a bridge is
// concerned. The launcher is not asked for it: it would make a directory.

#include "doctor_launcher_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_command_line.h"
#include "options.h"

struct wishes {
    const char *qemu;
    const char *machine;
    const char *ram;
    const char *ram_folder;
    const char *slots;
    const char *cpus;
    const char *accel;
    const char *bridges;
};

static const char *base_name(const char *word)
{
    const char *slash = strrchr(word, '/');
    return slash != NULL ? slash + 1 : word;
}

bool qdpi_launcher_line_is(char *const *words, size_t count)
{
    return count > 0 && (strcmp(base_name(words[0]), "qdpi-launch") == 0 ||
                         (count > 1 && strcmp(base_name(words[0]), "qemu-dpi") == 0 &&
                          strcmp(words[1], "run") == 0));
}

__attribute__((format(printf, 2, 3))) static bool add(struct qdpi_launcher_line *line,
                                                      const char *format, ...)
{
    char **words = realloc(line->words, (line->count + 2) * sizeof *words);
    if (words == NULL) {
        return false;
    }
    line->words = words;
    va_list values;
    va_start(values, format);
    const bool made = vasprintf(&words[line->count], format, values) >= 0;
    va_end(values);
    line->count += made ? 1 : 0;
    words[line->count] = NULL;
    return made;
}

static bool takes_no_value(const char *name)
{
    static const char *const names[] = {"prealloc", "paused", "interactive", "gdb",
                                        "print-command"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void take(struct wishes *wishes, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **wish;
    } known[] = {
        {"qemu", &wishes->qemu},       {"machine", &wishes->machine},
        {"ram", &wishes->ram},         {"slots", &wishes->slots},
        {"cpus", &wishes->cpus},       {"accel", &wishes->accel},
        {"bridges", &wishes->bridges}, {"ram-folder", &wishes->ram_folder},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *known[i].wish = value;
        }
    }
}

/// Read the launcher's options; further arguments of QEMU are put into `extra`.
static bool read_options(char *const *words, size_t count, struct wishes *wishes,
                         struct qdpi_launcher_line *extra)
{
    size_t i = strcmp(base_name(words[0]), "qemu-dpi") == 0 ? 2 : 1;
    for (; i < count && strncmp(words[i], "--", 2) == 0 && words[i][2] != '\0'; i++) {
        char name[32];
        const size_t length = strcspn(words[i] + 2, "=");
        const char *value = words[i][2 + length] == '=' ? words[i] + length + 3 : NULL;
        snprintf(name, sizeof name, "%.*s", (int)length, words[i] + 2);
        if (takes_no_value(name)) {
            continue;
        }
        if (value == NULL && i + 1 < count) {
            value = words[++i];
        }
        if (value != NULL && strcmp(name, "qemu-arg") == 0 && !add(extra, "%s", value)) {
            return false;
        }
        take(wishes, name, value != NULL ? value : "");
    }
    return true;
}

/// `text` as the value of a property of QEMU: with each comma twice. @return to free(), or NULL.
static char *quote(const char *text)
{
    char *quoted = malloc(2 * strlen(text) + 1);
    size_t length = 0;
    for (; quoted != NULL && *text != '\0'; text++) {
        quoted[length++] = *text;
        if (*text == ',') {
            quoted[length++] = ',';
        }
    }
    if (quoted != NULL) {
        quoted[length] = '\0';
    }
    return quoted;
}

static bool write_words(const struct wishes *wishes, const struct qdpi_launcher_line *extra,
                        struct qdpi_launcher_line *line)
{
    const uint64_t gibibyte = UINT64_C(1) << 30;
    const unsigned long wanted = strtoul(wishes->bridges, NULL, 10);
    // The launcher refuses more; nobody may make us write them all down.
    const unsigned long bridges = wanted < QDPI_MAX_BRIDGES ? wanted : QDPI_MAX_BRIDGES;
    const unsigned long cpus = strtoul(wishes->cpus, NULL, 10);
    uint64_t ram = 0;
    (void)qdpi_line_size(wishes->ram, 1, &ram);
    char *folder = quote(wishes->ram_folder);
    bool made =
        folder != NULL && add(line, "%s", wishes->qemu) && add(line, "-nodefaults") &&
        add(line, "-display") && add(line, "none") && add(line, "-accel") &&
        add(line, "%s", wishes->accel) && add(line, "-smp") &&
        add(line, "%lu,maxcpus=%lu", cpus, cpus > 1 ? cpus : 2) && add(line, "-object") &&
        add(line,
            "memory-backend-file,id=mem,size=%" PRIu64 ",mem-path=%s/qemu-dpi-launch.ram,share=on",
            ram, folder) &&
        add(line, "-machine") && add(line, "%s,memory-backend=mem", wishes->machine) &&
        add(line, "-m") &&
        add(line, "%" PRIu64 "B,slots=%s,maxmem=%" PRIu64 "B", ram, wishes->slots,
            ram + gibibyte) &&
        add(line, "-device") && add(line, "pc-testdev");
    for (unsigned long i = 0; made && i < bridges; i++) {
        made = add(line, "-qmp") &&
               add(line, "unix:/dev/shm/qemu-dpi-launch.qmp%lu,server=on,wait=off", i);
    }
    for (size_t i = 0; made && i < extra->count; i++) {
        made = add(line, "%s", extra->words[i]);
    }
    free(folder);
    return made;
}

int qdpi_launcher_line_expand(char *const *words, size_t count, struct qdpi_launcher_line *line)
{
    const char *qemu = getenv("QEMU");
    struct wishes wishes = {
        .qemu = qemu != NULL && qemu[0] != '\0' ? qemu : "qemu-system-x86_64",
        .machine = "pc",
        .ram = "512M",
        .ram_folder = "/dev/shm",
        .slots = "64",
        .cpus = "1",
        .accel = "tcg",
        .bridges = "1",
    };
    struct qdpi_launcher_line extra = {0};
    *line = (struct qdpi_launcher_line){0};
    const bool made =
        read_options(words, count, &wishes, &extra) && write_words(&wishes, &extra, line);
    qdpi_launcher_line_release(&extra);
    return made ? 0 : -ENOMEM;
}

void qdpi_launcher_line_release(struct qdpi_launcher_line *line)
{
    for (size_t i = 0; i < line->count; i++) {
        free(line->words[i]);
    }
    free(line->words);
    *line = (struct qdpi_launcher_line){0};
}
