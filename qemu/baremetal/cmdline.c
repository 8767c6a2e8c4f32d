// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "cmdline.h"

#include <stdbool.h>
#include <stddef.h>

#include "verdict.h"

enum { CMDLINE_BYTES = 1024 };

// Words, each ended by a NUL; an empty word ends them.
static char cmdline_words[CMDLINE_BYTES];

void qdpi_cmdline_init(const char *line)
{
    size_t used = 0;
    bool in_image_name = true;
    for (; line != NULL && *line != '\0' && used < CMDLINE_BYTES - 2; line++) {
        if (*line == ' ') {
            in_image_name = false;
            if (used > 0 && cmdline_words[used - 1] != '\0') {
                cmdline_words[used++] = '\0';
            }
        } else if (!in_image_name) {
            cmdline_words[used++] = *line;
        }
    }
    cmdline_words[used] = '\0';
    cmdline_words[used + 1] = '\0';
}

static const char *next_word(const char *word)
{
    while (*word != '\0') {
        word++;
    }
    return word + 1;
}

/// The text after "key=" if `word` begins with that, else NULL.
static const char *value_of(const char *word, const char *key)
{
    while (*key != '\0' && *word == *key) {
        word++;
        key++;
    }
    return *key == '\0' && *word == '=' ? word + 1 : NULL;
}

static bool digit_of(char character, uint32_t base, uint32_t *digit)
{
    if (character >= '0' && character <= '9') {
        *digit = (uint32_t)(character - '0');
    } else if (character >= 'a' && character <= 'f') {
        *digit = (uint32_t)(character - 'a') + 10;
    } else {
        return false;
    }
    return *digit < base;
}

uint32_t qdpi_cmdline_number(const char *key, uint32_t otherwise, uint32_t maximum)
{
    for (const char *word = cmdline_words; *word != '\0'; word = next_word(word)) {
        const char *text = value_of(word, key);
        if (text == NULL) {
            continue;
        }
        uint32_t base = 10;
        if (text[0] == '0' && text[1] == 'x') {
            base = 16;
            text += 2;
        }
        uint64_t number = 0;
        bool valid = *text != '\0';
        for (; valid && *text != '\0'; text++) {
            uint32_t digit = 0;
            valid = digit_of(*text, base, &digit);
            number = number * base + digit;
            valid = valid && number <= maximum;
        }
        if (!valid) {
            qdpi_verdict_fail(QDPI_FAILURE_SETUP, "command line: '%s' needs a number up to %u",
                              word, maximum);
        }
        return (uint32_t)number;
    }
    return otherwise;
}

void qdpi_cmdline_allow_only(const char *const *keys)
{
    for (const char *word = cmdline_words; *word != '\0'; word = next_word(word)) {
        const char *const *key = keys;
        while (*key != NULL && value_of(word, *key) == NULL) {
            key++;
        }
        if (*key == NULL) {
            qdpi_verdict_fail(QDPI_FAILURE_SETUP, "command line: '%s' is not known to this guest",
                              word);
        }
    }
}
