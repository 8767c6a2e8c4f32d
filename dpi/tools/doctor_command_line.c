// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A QEMU command line, taken apart as QEMU does it.

#include "doctor_command_line.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Options of QEMU's system emulators that take no value; all others take the next word.
static bool stands_alone(const char *name)
{
    static const char *const names[] = {
        "S",
        "alt-grab",
        "async-teardown",
        "ctrl-grab",
        "daemonize",
        "enable-fips",
        "enable-kvm",
        "enable-hax",
        "enable-hvf",
        "enable-sync-profile",
        "full-screen",
        "h",
        "help",
        "jitdump",
        "mem-prealloc",
        "no-acpi",
        "no-fd-bootchk",
        "no-frame",
        "no-hpet",
        "no-kvm",
        "no-quit",
        "no-reboot",
        "no-shutdown",
        "no-tpm",
        "no-user-config",
        "nodefaults",
        "nodefconfig",
        "nographic",
        "nouserconfig",
        "old-param",
        "one-insn-per-tb",
        "only-migratable",
        "perfmap",
        "portrait",
        "preconfig",
        "rtc-td-hack",
        "s",
        "sdl",
        "semihosting",
        "show-cursor",
        "singlestep",
        "snapshot",
        "usb",
        "version",
        "win2k-hack",
        "xen-attach",
        "xen-domid-restrict",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static int add_property(struct qdpi_line_option *option, const char *key, size_t key_length,
                        char *value)
{
    struct qdpi_line_property *properties =
        realloc(option->properties, (option->count + 1) * sizeof *properties);
    if (properties != NULL) {
        option->properties = properties;
    }
    char *own_key = strndup(key, key_length);
    if (properties == NULL || own_key == NULL || value == NULL) {
        free(own_key);
        free(value);
        return -ENOMEM;
    }
    option->properties[option->count++] = (struct qdpi_line_property){own_key, value};
    return 0;
}

/// A value up to a comma that stands alone; a doubled one is a comma of the value.
static char *copy_value(const char **text)
{
    char *value = malloc(strlen(*text) + 1);
    char *end = value;
    const char *from = *text;
    if (value == NULL) {
        return NULL;
    }
    for (; *from != '\0'; from++) {
        if (*from == ',' && *++from != ',') {
            from--;
            break;
        }
        *end++ = *from;
    }
    *end = '\0';
    *text = from;
    return value;
}

static int parse_list(struct qdpi_line_option *option, const char *text)
{
    int result = 0;
    for (bool first = true; result == 0 && *text != '\0'; first = false) {
        const size_t key_length = strcspn(text, "=,");
        if (text[key_length] == '=') {
            const char *value = text + key_length + 1;
            char *copy = copy_value(&value);
            result = add_property(option, text, key_length, copy);
            text = value;
        } else if (first) {
            // A path may hold doubled commas.
            char *copy = copy_value(&text);
            result = add_property(option, "", 0, copy);
        } else {
            result = add_property(option, text, key_length, strdup("on"));
            text += key_length;
        }
        text += *text == ',' ? 1 : 0;
    }
    return result;
}

static char *json_text(const json_t *value)
{
    if (json_is_string(value)) {
        return strdup(json_string_value(value));
    }
    if (json_is_boolean(value)) {
        return strdup(json_is_true(value) ? "on" : "off");
    }
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

/// -object and -device also take JSON, which libvirt writes.
static int parse_json(struct qdpi_line_option *option, const char *text)
{
    json_t *object = json_loads(text, 0, NULL);
    const char *key;
    json_t *value;
    int result = 0;
    json_object_foreach(object, key, value)
    {
        if (result == 0) {
            result = add_property(option, key, strlen(key), json_text(value));
        }
    }
    json_decref(object);
    return result;
}

static int parse_value(struct qdpi_line_option *option, const char *text)
{
    return text[0] == '{' ? parse_json(option, text) : parse_list(option, text);
}

int qdpi_command_line_parse(char *const *words, size_t count, struct qdpi_command_line *line,
                            struct qdpi_error *error)
{
    *line = (struct qdpi_command_line){.binary = count > 0 ? words[0] : ""};
    line->options = calloc(count + 1, sizeof *line->options);
    if (line->options == NULL) {
        return qdpi_fail(error, -ENOMEM, "command line: out of memory");
    }
    for (size_t i = 1; i < count; i++) {
        struct qdpi_line_option *option = &line->options[line->count++];
        int result = 0;
        if (words[i][0] != '-' || words[i][1] == '\0') {
            option->name = "";
            result = add_property(option, "", 0, strdup(words[i]));
        } else {
            option->name = words[i] + (words[i][1] == '-' ? 2 : 1);
            option->name = strcmp(option->name, "M") == 0 ? "machine" : option->name;
            if (!stands_alone(option->name)) {
                if (i + 1 == count) {
                    return qdpi_fail(error, -EINVAL,
                                     "command line: %s is the last word and lacks its value",
                                     words[i]);
                }
                result = parse_value(option, words[++i]);
            }
        }
        if (result != 0) {
            return qdpi_fail(error, result, "command line: out of memory");
        }
    }
    return 0;
}

void qdpi_command_line_release(struct qdpi_command_line *line)
{
    for (size_t i = 0; i < line->count; i++) {
        for (size_t j = 0; j < line->options[i].count; j++) {
            free(line->options[i].properties[j].key);
            free(line->options[i].properties[j].value);
        }
        free(line->options[i].properties);
    }
    free(line->options);
    *line = (struct qdpi_command_line){0};
}

const struct qdpi_line_option *qdpi_command_line_next(const struct qdpi_command_line *line,
                                                      const char *name,
                                                      const struct qdpi_line_option *previous)
{
    const size_t start = previous != NULL ? (size_t)(previous - line->options) + 1 : 0;
    for (size_t i = start; i < line->count; i++) {
        if (strcmp(line->options[i].name, name) == 0) {
            return &line->options[i];
        }
    }
    return NULL;
}

bool qdpi_command_line_has(const struct qdpi_command_line *line, const char *name)
{
    return qdpi_command_line_next(line, name, NULL) != NULL;
}

const char *qdpi_line_property(const struct qdpi_line_option *option, const char *key)
{
    const char *value = NULL;
    for (size_t i = 0; i < option->count; i++) {
        if (strcmp(option->properties[i].key, key) == 0) {
            value = option->properties[i].value;
        }
    }
    return value;
}

const char *qdpi_line_first(const struct qdpi_line_option *option, const char *implied_key)
{
    const char *value = qdpi_line_property(option, implied_key);
    return value != NULL ? value : qdpi_line_property(option, "");
}

static bool is_on(const char *value)
{
    return strcmp(value, "on") == 0 || strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 ||
           strcmp(value, "y") == 0;
}

bool qdpi_line_switch(const struct qdpi_line_option *option, const char *key, bool otherwise)
{
    bool on = otherwise;
    for (size_t i = 0; i < option->count; i++) {
        const char *name = option->properties[i].key;
        if (strcmp(name, key) == 0) {
            on = is_on(option->properties[i].value);
        } else if (strncmp(name, "no", 2) == 0 && strcmp(name + 2, key) == 0) {
            on = !is_on(option->properties[i].value);
        }
    }
    return on;
}

const char *qdpi_command_line_merged(const struct qdpi_command_line *line, const char *name,
                                     const char *key)
{
    const struct qdpi_line_option *option = NULL;
    const char *value = NULL;
    while ((option = qdpi_command_line_next(line, name, option)) != NULL) {
        const char *here = qdpi_line_property(option, key);
        value = here != NULL ? here : value;
    }
    return value;
}

bool qdpi_line_size(const char *text, uint64_t unit, uint64_t *size)
{
    static const char suffixes[] = "KMGTPE";
    char *end;
    const double number = strtod(text, &end);
    double scale = (double)unit;
    const char *suffix = *end != '\0' ? strchr(suffixes, toupper((unsigned char)*end)) : NULL;

    if (suffix != NULL) {
        scale = (double)(UINT64_C(1) << 10 * (unsigned)(suffix - suffixes + 1));
        end++;
    } else if (toupper((unsigned char)*end) == 'B') {
        scale = 1.0;
        end++;
    }
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || number * scale >= 0x1p62) {
        return false;
    }
    *size = (uint64_t)(number * scale);
    return true;
}

bool qdpi_command_line_is_qemu(const char *word)
{
    const char *slash = strrchr(word, '/');
    const char *name = slash != NULL ? slash + 1 : word;
    return strncmp(name, "qemu-system-", strlen("qemu-system-")) == 0 ||
           strcmp(name, "qemu-kvm") == 0 || strcmp(name, "kvm") == 0;
}
