// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Fuzz target: the words of any process, a line or a zero byte apart, as the command line of a QEMU
// or of its launcher. The doctor must read it without harm, and what it takes apart must be the
// same when it is put together again.

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_command_line.h"
#include "doctor_launcher_line.h"
#include "doctor_line_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    WORDS_MAX = 128,
    /// The launcher takes at most 64 monitors; 20 other words, and those that are passed on.
    LAUNCHED_WORDS_MAX = 2 * 64 + 32 + WORDS_MAX,
};

/// key=value,key=value with the commas of values doubled.
static char *join(const struct qdpi_line_option *option)
{
    size_t room = 1;
    for (size_t i = 0; i < option->count; i++) {
        room += strlen(option->properties[i].key) + 2 * strlen(option->properties[i].value) + 2;
    }
    char *text = malloc(room);
    char *end = text;
    if (text == NULL) {
        abort();
    }
    for (size_t i = 0; i < option->count; i++) {
        end = i > 0 ? stpcpy(end, ",") : end;
        end = stpcpy(stpcpy(end, option->properties[i].key), "=");
        for (const char *from = option->properties[i].value; *from != '\0'; from++) {
            *end++ = *from;
            if (*from == ',') {
                *end++ = ',';
            }
        }
    }
    *end = '\0';
    return text;
}

static void check_same(const struct qdpi_line_option *option, const struct qdpi_line_option *again)
{
    if (again->count != option->count) {
        abort();
    }
    for (size_t i = 0; i < option->count; i++) {
        if (strcmp(again->properties[i].key, option->properties[i].key) != 0 ||
            strcmp(again->properties[i].value, option->properties[i].value) != 0) {
            abort();
        }
    }
}

/// Whether it is written as QEMU writes it: JSON may have any key, and a key in front tells it from
/// JSON.
static bool can_be_joined(const struct qdpi_line_option *option)
{
    for (size_t i = 0; i < option->count; i++) {
        if (strpbrk(option->properties[i].key, "=,") != NULL) {
            return false;
        }
    }
    return option->count > 0 && option->properties[0].key[0] != '{';
}

static void check_option(const struct qdpi_line_option *option)
{
    struct qdpi_command_line line;
    struct qdpi_error error = {.text = ""};

    for (size_t i = 0; i < option->count; i++) {
        const char *value = qdpi_line_property(option, option->properties[i].key);
        uint64_t bytes = 0;

        if (value == NULL || qdpi_line_first(option, option->properties[i].key) != value) {
            abort();
        }
        (void)qdpi_line_switch(option, option->properties[i].key, true);
        if (qdpi_line_size(value, UINT64_C(1) << 20, &bytes) && bytes >= UINT64_C(1) << 62) {
            abort();
        }
    }
    if (option->name[0] == '\0' || !can_be_joined(option)) {
        return;
    }
    char name[] = "qemu-system-x86_64";
    char object[] = "-object";
    char *words[] = {name, object, join(option), NULL};
    if (qdpi_command_line_parse(words, 3, &line, &error) != 0) {
        abort();
    }
    check_same(option, &line.options[0]);
    qdpi_command_line_release(&line);
    free(words[2]);
}

static void check_facts(const struct qdpi_machine_facts *facts,
                        const struct qdpi_line_monitors *monitors)
{
    if (facts->backend_count > QDPI_BACKENDS_MAX || monitors->count > QDPI_MONITORS_MAX ||
        memchr(facts->name, '\0', sizeof facts->name) == NULL || facts->max_cpus < facts->cpus) {
        abort();
    }
    for (size_t i = 0; i < facts->backend_count; i++) {
        const struct qdpi_backend *backend = &facts->backends[i];

        if (memchr(backend->path, '\0', sizeof backend->path) == NULL ||
            memchr(backend->id, '\0', sizeof backend->id) == NULL ||
            backend->size >= UINT64_C(1) << 62) {
            abort();
        }
    }
}

static void check_findings(const struct qdpi_findings *findings)
{
    if (findings->count > QDPI_FINDINGS_MAX) {
        abort();
    }
    for (size_t i = 0; i < findings->count; i++) {
        const struct qdpi_finding *finding = &findings->items[i];

        if (finding->id == NULL || finding->found[0] == '\0' ||
            memchr(finding->found, '\0', sizeof finding->found) == NULL ||
            memchr(finding->remedy, '\0', sizeof finding->remedy) == NULL) {
            abort();
        }
    }
}

static void examine(char *const *words, size_t count)
{
    // Large, and cleared where it matters.
    static struct qdpi_machine_facts facts;
    static struct qdpi_line_monitors monitors;
    static struct qdpi_findings findings;
    struct qdpi_command_line line;
    struct qdpi_error error = {.text = ""};
    int result = qdpi_command_line_parse(words, count, &line, &error);

    if (result == 0) {
        for (size_t i = 0; i < line.count; i++) {
            check_option(&line.options[i]);
        }
        qdpi_line_facts(&line, "/where/it/runs", &facts);
        qdpi_line_monitors(&line, NULL, &monitors);
        check_facts(&facts, &monitors);
        findings.count = 0;
        qdpi_machine_judge(&facts, &findings);
        qdpi_line_judge_monitors(&monitors, &findings);
        qdpi_line_judge_rest(&line, &findings);
        check_findings(&findings);
    } else if (result != -EINVAL || error.text[0] == '\0') {
        abort();
    }
    qdpi_command_line_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words[WORDS_MAX + 1];
    size_t count = 0;
    char *text = malloc(size + 1);
    struct qdpi_launcher_line launched;

    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0, word = 0; i <= size && count < WORDS_MAX; i++) {
        if (text[i] == '\n' || text[i] == '\0') {
            text[i] = '\0';
            words[count++] = text + word;
            word = i + 1;
        }
    }
    words[count] = NULL;
    (void)qdpi_command_line_is_qemu(words[0]);
    examine(words, count);
    if (qdpi_launcher_line_is(words, count)) {
        if (qdpi_launcher_line_expand(words, count, &launched) != 0 ||
            launched.count > LAUNCHED_WORDS_MAX || launched.words[launched.count] != NULL) {
            abort();
        }
        examine(launched.words, launched.count);
        qdpi_launcher_line_release(&launched);
    }
    free(text);
    return 0;
}
