// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of QEMU's `info mtree -f` -> ranges of one address space. The text is a list of flat
// views, each with the address spaces that share it:
//
//   FlatView #1
//    AS "memory", root: system
//    AS "cpu-memory-0", root: system
//    Root memory region: system
//     0000000000000000-000000000009ffff (prio 0, ram): mem
//     00000000000c0000-00000000000fffff (prio 0, rom): mem @00000000000c0000 KVM
//
// and an empty line. Behind the range: its kind, its region, where in the region it begins (not
// shown if 0), and the accelerator once for each address space in which it has the range mapped.

#include "mtree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

/** How much of a line a sentence quotes: what to do must not be cut off behind it. */
#define QUOTED 160

struct line {
    const char *text;
    size_t length;
};

struct range_list {
    struct qdpi_mtree_range *ranges;
    size_t count;
    size_t capacity;
};

/** The line at `text`, without its end, be it LF or CR LF. @return where the next one begins; NULL
 *  if there is none. */
static const char *line_read(const char *text, struct line *line)
{
    const char *end = strchr(text, '\n');

    line->text = text;
    line->length = end != NULL ? (size_t)(end - text) : strlen(text);
    if (line->length > 0 && text[line->length - 1] == '\r') {
        line->length--;
    }
    return end != NULL ? end + 1 : NULL;
}

static bool line_skip(struct line *line, const char *prefix)
{
    size_t length = strlen(prefix);

    if (line->length < length || memcmp(line->text, prefix, length) != 0) {
        return false;
    }
    line->text += length;
    line->length -= length;
    return true;
}

static bool line_ends_with(const struct line *line, const char *suffix)
{
    size_t length = strlen(suffix);

    return line->length >= length &&
           memcmp(line->text + line->length - length, suffix, length) == 0;
}

/** The value of a hexadecimal digit as QEMU prints it; -1 for anything else. */
static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/** An address always has 16 digits; fewer would mean that the text was cut off. */
static bool line_skip_address(struct line *line, uint64_t *address)
{
    *address = 0;
    for (size_t i = 0; i < 16; i++) {
        int value = i < line->length ? digit_value(line->text[i]) : -1;
        if (value < 0) {
            return false;
        }
        *address = *address << 4 | (uint64_t)value;
    }
    line->text += 16;
    line->length -= 16;
    return true;
}

static bool line_skip_number(struct line *line)
{
    size_t digits = 0;

    (void)line_skip(line, "-");
    while (digits < line->length && line->text[digits] >= '0' && line->text[digits] <= '9') {
        digits++;
    }
    line->text += digits;
    line->length -= digits;
    return digits > 0;
}

static bool line_skip_kind(struct line *line, enum qdpi_memory_kind *kind)
{
    static const struct {
        const char *text;
        enum qdpi_memory_kind kind;
    } kinds[] = {
        {"ram): ", QDPI_MEMORY_RAM},
        {"rom): ", QDPI_MEMORY_ROM},
        // Flash: reads like a ROM; a write is a command to the chip, not data.
        {"romd): ", QDPI_MEMORY_ROM},
        // RAM of a device that QEMU passes through: it is in no file.
        {"ramd): ", QDPI_MEMORY_DEVICE},
        {"i/o): ", QDPI_MEMORY_DEVICE},
        // What QEMU 11 calls a gap in a region that answers for what nobody else does.
        {"container): ", QDPI_MEMORY_DEVICE},
    };

    (void)line_skip(line, "nv-");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (line_skip(line, kinds[i].text)) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

/** Take "NAME[ @OFFSET][ KVM]..." apart, from its end, because a name may contain spaces. */
static bool read_name(struct line name, struct qdpi_mtree_range *range)
{
    // Of these only KVM says so today; with another one's mark, a name would not be found.
    static const char *const accelerators[] = {" KVM", " HVF", " WHPX", " NVMM", " MSHV"};
    const size_t offset_length = sizeof " @0123456789abcdef" - 1;

    for (size_t i = 0; i < sizeof accelerators / sizeof accelerators[0]; i++) {
        while (line_ends_with(&name, accelerators[i])) {
            name.length -= strlen(accelerators[i]);
        }
    }
    range->offset = 0;
    if (name.length > offset_length) {
        struct line offset = {.text = name.text + name.length - offset_length,
                              .length = offset_length};
        if (line_skip(&offset, " @") && line_skip_address(&offset, &range->offset)) {
            name.length -= offset_length;
        } else {
            range->offset = 0;
        }
    }
    // Backends of machine types up to 4.0 go by their path, those of newer ones by their id.
    (void)line_skip(&name, "/objects/");
    if (name.length >= sizeof range->name) {
        // Nobody looks a device up by name, but half the name of a RAM file finds the wrong one.
        if (range->kind != QDPI_MEMORY_DEVICE) {
            return false;
        }
        name.length = sizeof range->name - 1;
    }
    memcpy(range->name, name.text, name.length);
    range->name[name.length] = '\0';
    return name.length > 0;
}

static bool read_range(struct line line, struct qdpi_mtree_range *range)
{
    return line_skip(&line, "  ") && line_skip_address(&line, &range->first) &&
           line_skip(&line, "-") && line_skip_address(&line, &range->last) &&
           range->first <= range->last && line_skip(&line, " (prio ") && line_skip_number(&line) &&
           line_skip(&line, ", ") && line_skip_kind(&line, &range->kind) && read_name(line, range);
}

static int append(struct range_list *list, const struct qdpi_mtree_range *range)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2;
        struct qdpi_mtree_range *ranges = realloc(list->ranges, capacity * sizeof *ranges);
        if (ranges == NULL) {
            return -ENOMEM;
        }
        list->ranges = ranges;
        list->capacity = capacity;
    }
    list->ranges[list->count++] = *range;
    return 0;
}

/** Whether the lines at `*text`, the heading of one flat view, name the address space. Leaves
 *  `*text` at the first range. */
static bool heading_names(const char **text, const char *address_space)
{
    bool is_named = false;
    struct line line;
    const char *next = *text;

    while (next != NULL) {
        *text = next;
        next = line_read(next, &line);
        if (!line_skip(&line, " AS \"")) {
            break;
        }
        is_named = is_named || (line_skip(&line, address_space) && line_skip(&line, "\","));
    }
    if (next != NULL && line_skip(&line, " Root memory region: ")) {
        *text = next;
    }
    return is_named;
}

/** Where the ranges of the flat view of `address_space` begin; NULL if there is none. */
static const char *find_view(const char *text, const char *address_space)
{
    while (text != NULL) {
        struct line line;
        text = line_read(text, &line);
        if (text != NULL && line_skip(&line, "FlatView #") && heading_names(&text, address_space)) {
            return text;
        }
    }
    return NULL;
}

static int fail_line(const struct line *line, struct qdpi_error *error)
{
    char quoted[QUOTED + 1];
    size_t length = line->length < QUOTED ? line->length : QUOTED;

    for (size_t i = 0; i < length; i++) {
        quoted[i] = (char)(line->text[i] >= ' ' && line->text[i] <= '~' ? line->text[i] : '?');
    }
    quoted[length] = '\0';
    return qdpi_fail(error, -EPROTO,
                     "read QEMU's memory map: the line \"%s\" of `info mtree -f` is not "
                     "understood; this version of QEMU is not supported: report the line, with "
                     "what qemu-system-x86_64 --version says",
                     quoted);
}

static int read_view(const char *text, struct range_list *list, struct qdpi_error *error)
{
    for (;;) {
        struct qdpi_mtree_range range;
        struct line line;
        text = line_read(text, &line);
        if (text == NULL) {
            return qdpi_fail(error, -EPROTO,
                             "read QEMU's memory map: `info mtree -f` was cut off in the middle; "
                             "try again, and see whether QEMU still runs");
        }
        if (line.length == 0 || strncmp(line.text, "  No rendered FlatView", line.length) == 0) {
            return 0;
        }
        if (!read_range(line, &range) ||
            (list->count > 0 && range.first <= list->ranges[list->count - 1].last)) {
            return fail_line(&line, error);
        }
        if (append(list, &range) != 0) {
            return qdpi_fail(error, -ENOMEM, "read QEMU's memory map: no memory for %zu ranges",
                             list->count + 1);
        }
    }
}

int qdpi_mtree_parse(const char *text, const char *address_space, struct qdpi_mtree_range **ranges,
                     struct qdpi_error *error)
{
    const char *view = find_view(text, address_space);
    struct range_list list = {.count = 0, .capacity = FIRST_CAPACITY};

    *ranges = NULL;
    if (view == NULL) {
        return qdpi_fail(error, -EPROTO,
                         "read QEMU's memory map: `info mtree -f` shows no address space \"%s\"; "
                         "is this qemu-system-x86_64, or another version of QEMU than 7.2 to 11?",
                         address_space);
    }
    list.ranges = malloc(list.capacity * sizeof *list.ranges);
    if (list.ranges == NULL) {
        return qdpi_fail(error, -ENOMEM, "read QEMU's memory map: no memory");
    }
    int result = read_view(view, &list, error);
    if (result != 0) {
        free(list.ranges);
        return result;
    }
    *ranges = list.ranges;
    return (int)list.count;
}
