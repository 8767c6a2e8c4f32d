// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Endpoint text -> what to attach to.

#include "endpoint.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#define SIZE_LIMIT (UINT64_C(1) << 62)
#define SIZE_UNIT UINT64_C(4096)

/** How much of the text a sentence quotes: the part behind it, what to do, must not be cut off. */
#define QUOTED 160

#define QMP_FORM "qmp:PATH (for instance qmp:/tmp/qmp.sock)"
#define FILE_FORM                                                                                  \
    "file:PATH?size=SIZE&machine=flat|pc|q35 (for instance "                                       \
    "file:/dev/shm/guest?size=512M&machine=q35)"

/** A part of the text: what stands between two separators. */
struct part {
    const char *text;
    size_t length;
};

static bool part_is(struct part part, const char *word)
{
    return part.length == strlen(word) && memcmp(part.text, word, part.length) == 0;
}

/** How many bytes of `part` a sentence quotes, as the precision of a %.*s. */
static int quoted(struct part part)
{
    return (int)(part.length < QUOTED ? part.length : QUOTED);
}

/** Cut `rest` at its first `separator`. @return what stands before it; `rest` is what follows, or
 *  has a NULL text if there was none. */
static struct part cut(struct part *rest, char separator)
{
    struct part part = *rest;
    const char *found = memchr(part.text, separator, part.length);

    if (found == NULL) {
        *rest = (struct part){.text = NULL, .length = 0};
        return part;
    }
    part.length = (size_t)(found - part.text);
    *rest = (struct part){.text = found + 1, .length = rest->length - part.length - 1};
    return part;
}

static int check_characters(const char *text, struct qdpi_error *error)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        unsigned char character = (unsigned char)text[i];
        // Not iscntrl(): what is one must not depend on the locale of the simulator.
        if (character < 0x20 || character == 0x7f) {
            return qdpi_fail(error, -EINVAL,
                             "endpoint: character %zu is a control character (code %u); remove it, "
                             "often it is a line end that was read along with the text",
                             i + 1, (unsigned)character);
        }
    }
    return 0;
}

/** The character that "%3F" or "%25" at `text` stands for; '\0' for anything else. */
static char decode_escape(const char *text, size_t length)
{
    if (length >= 3 && text[1] == '2' && text[2] == '5') {
        return '%';
    }
    if (length >= 3 && text[1] == '3' && (text[2] == 'F' || text[2] == 'f')) {
        return '?';
    }
    return '\0';
}

/** How the endpoints of a scheme are written. */
struct form {
    const char *scheme;
    const char *text;
    size_t longest; /**< path */
    const char *too_long;
    const char *keys;
};

static const struct form forms[] = {
    [QDPI_ENDPOINT_QMP] = {.scheme = "qmp",
                           .text = QMP_FORM,
                           .longest = sizeof((struct sockaddr_un *)NULL)->sun_path - 1,
                           .too_long = "the address of a UNIX socket holds no more: put the "
                                       "socket into a directory with a shorter path, or give a "
                                       "relative one",
                           .keys = "owner=any or prefault=yes, the keys of qmp:"},
    [QDPI_ENDPOINT_FILE] = {.scheme = "file",
                            .text = FILE_FORM,
                            .longest = QDPI_ENDPOINT_PATH_MAX - 1,
                            .too_long = "give a shorter one, for instance a symbolic link",
                            .keys = "size=SIZE, machine=NAME, owner=any or prefault=yes"},
};

static int parse_path(const struct form *form, struct part path, struct qdpi_endpoint *endpoint,
                      struct qdpi_error *error)
{
    size_t length = 0;

    if (path.length == 0) {
        return qdpi_fail(error, -EINVAL, "endpoint \"%s:\": the path is missing; write %s",
                         form->scheme, form->text);
    }
    for (size_t i = 0; i < path.length; i++) {
        char character = path.text[i];
        if (character == '%') {
            character = decode_escape(path.text + i, path.length - i);
            if (character == '\0') {
                return qdpi_fail(error, -EINVAL,
                                 "endpoint \"%s:%.*s\": the '%%' at character %zu of the path "
                                 "begins neither \"%%3F\" nor \"%%25\"; write \"%%25\" for '%%' "
                                 "itself and \"%%3F\" for '?'",
                                 form->scheme, quoted(path), path.text, i + 1);
            }
            i += 2;
        }
        if (length == form->longest) {
            return qdpi_fail(error, -EINVAL,
                             "endpoint \"%s:%.*s...\": the path is longer than %zu bytes; %s",
                             form->scheme, quoted(path), path.text, form->longest, form->too_long);
        }
        endpoint->path[length++] = character;
    }
    endpoint->path[length] = '\0';
    return 0;
}

/** The power of two that a suffix of SIZE multiplies by; -1 for anything else. */
static int suffix_shift(char suffix)
{
    switch (toupper((unsigned char)suffix)) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    case 'T':
        return 40;
    default:
        return -1;
    }
}

static int parse_size(struct part text, uint64_t *size, struct qdpi_error *error)
{
    uint64_t number = 0;
    size_t digits = 0;
    int shift = 0;
    bool too_big = false;

    while (digits < text.length && isdigit((unsigned char)text.text[digits])) {
        uint64_t digit = (uint64_t)(text.text[digits++] - '0');
        too_big = too_big || number > (SIZE_LIMIT - digit) / 10;
        number = too_big ? 0 : number * 10 + digit;
    }
    if (digits + 1 == text.length) {
        shift = suffix_shift(text.text[digits]);
    }
    if (digits == 0 || text.length - digits > 1 || shift < 0) {
        return qdpi_fail(error, -EINVAL,
                         "endpoint: size=%.*s is not a size; write a decimal number of bytes, or "
                         "one with the suffix K, M, G or T, for instance size=512M",
                         quoted(text), text.text);
    }
    if (too_big || number > SIZE_LIMIT >> shift) {
        return qdpi_fail(error, -EINVAL,
                         "endpoint: size=%.*s is more than 2^62 bytes; give the size of the RAM "
                         "file, for instance size=512M",
                         quoted(text), text.text);
    }
    number <<= shift;
    if (number == 0) {
        return qdpi_fail(error, -EINVAL,
                         "endpoint: size=%.*s is no memory at all; leave out size= to take the "
                         "file's own size",
                         quoted(text), text.text);
    }
    if (number % SIZE_UNIT != 0) {
        return qdpi_fail(error, -EINVAL,
                         "endpoint: size=%.*s is not a multiple of 4096, so no size of guest RAM; "
                         "did you forget a suffix, as in size=512M?",
                         quoted(text), text.text);
    }
    *size = number;
    return 0;
}

static int parse_machine(struct part text, enum qdpi_machine *machine, struct qdpi_error *error)
{
    if (part_is(text, "flat")) {
        *machine = QDPI_MACHINE_FLAT;
    } else if (part_is(text, "pc")) {
        *machine = QDPI_MACHINE_PC;
    } else if (part_is(text, "q35")) {
        *machine = QDPI_MACHINE_Q35;
    } else {
        return qdpi_fail(error, -EINVAL,
                         "endpoint: machine=%.*s is not known; write machine=flat, machine=pc or "
                         "machine=q35",
                         quoted(text), text.text);
    }
    return 0;
}

static int parse_owner(struct part text, bool *any_owner, struct qdpi_error *error)
{
    if (!part_is(text, "any")) {
        return qdpi_fail(error, -EINVAL,
                         "endpoint: owner=%.*s is not known; write owner=any, or leave it out to "
                         "attach to this user's guests only",
                         quoted(text), text.text);
    }
    *any_owner = true;
    return 0;
}

static int parse_prefault(struct part text, bool *prefault, struct qdpi_error *error)
{
    if (!part_is(text, "yes")) {
        return qdpi_fail(
            error, -EINVAL,
            "endpoint: prefault=%.*s is not known; write prefault=yes, or leave it out "
            "to map pages when they are first touched",
            quoted(text), text.text);
    }
    *prefault = true;
    return 0;
}

/** Those of qmp: first. */
enum key { KEY_OWNER, KEY_PREFAULT, KEY_SIZE, KEY_MACHINE, KEY_COUNT };

/** Which key of the scheme `name` is; KEY_COUNT: none. */
static enum key find_key(enum qdpi_endpoint_kind kind, struct part name)
{
    static const char *const names[] = {"owner", "prefault", "size", "machine"};
    const size_t known = kind == QDPI_ENDPOINT_FILE ? KEY_COUNT : KEY_PREFAULT + 1;

    for (size_t i = 0; i < known; i++) {
        if (part_is(name, names[i]))
            return (enum key)i;
    }
    return KEY_COUNT;
}

static int parse_value(enum key key, struct part value, struct qdpi_endpoint *endpoint,
                       struct qdpi_error *error)
{
    if (key == KEY_SIZE)
        return parse_size(value, &endpoint->size, error);
    if (key == KEY_MACHINE)
        return parse_machine(value, &endpoint->machine, error);
    if (key == KEY_PREFAULT)
        return parse_prefault(value, &endpoint->prefault, error);
    return parse_owner(value, &endpoint->any_owner, error);
}

/** Parse the keys behind '?'. */
static int parse_keys(struct part keys, struct qdpi_endpoint *endpoint, struct qdpi_error *error)
{
    const struct form *form = &forms[endpoint->kind];
    bool given[KEY_COUNT] = {false};

    while (keys.text != NULL) {
        struct part value = cut(&keys, '&');
        const struct part name = cut(&value, '=');
        const enum key key = find_key(endpoint->kind, name);
        int result;

        if (value.text == NULL || key == KEY_COUNT) {
            return qdpi_fail(error, -EINVAL,
                             "endpoint: \"%.*s\" is not %s; write %s, and \"%%3F\" for a '?' in "
                             "the path",
                             quoted(name), name.text, form->keys, form->text);
        }
        if (given[key]) {
            return qdpi_fail(error, -EINVAL, "endpoint: %.*s= is given twice; give it once",
                             quoted(name), name.text);
        }
        given[key] = true;
        result = parse_value(key, value, endpoint, error);
        if (result != 0)
            return result;
    }
    return 0;
}

/** Parse what stands behind the scheme. */
static int parse_rest(enum qdpi_endpoint_kind kind, struct part rest,
                      struct qdpi_endpoint *endpoint, struct qdpi_error *error)
{
    const struct part path = cut(&rest, '?');
    int result = parse_path(&forms[kind], path, endpoint, error);

    endpoint->kind = kind;
    return result != 0 ? result : parse_keys(rest, endpoint, error);
}

int qdpi_endpoint_parse(const char *text, struct qdpi_endpoint *endpoint, struct qdpi_error *error)
{
    *endpoint = (struct qdpi_endpoint){.machine = QDPI_MACHINE_FLAT};
    if (text == NULL || text[0] == '\0') {
        return qdpi_fail(error, -EINVAL,
                         "endpoint: the text is empty; write " QMP_FORM " or " FILE_FORM);
    }
    int result = check_characters(text, error);
    if (result != 0) {
        return result;
    }
    struct part rest = {.text = text, .length = strlen(text)};
    struct part scheme = cut(&rest, ':');
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (rest.text != NULL && part_is(scheme, forms[i].scheme))
            return parse_rest((enum qdpi_endpoint_kind)i, rest, endpoint, error);
    }
    return qdpi_fail(error, -EINVAL,
                     "endpoint \"%.*s\": it begins with neither qmp: nor file:; write " QMP_FORM
                     " or " FILE_FORM,
                     QUOTED, text);
}
