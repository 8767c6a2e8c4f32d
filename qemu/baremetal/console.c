// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "console.h"

#include <stdint.h>

#include "division.h"
#include "serial.h"

static void put(char character)
{
    if (character == '\n') {
        qdpi_serial_put('\r');
    }
    qdpi_serial_put(character);
}

static void put_text(const char *text)
{
    for (; *text != '\0'; text++) {
        put(*text);
    }
}

static void put_number(uint64_t value, uint32_t base, unsigned width, char padding)
{
    char digits[24];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[qdpi_divide_u64(&value, base)];
    } while (value != 0);
    for (unsigned column = count; column < width; column++) {
        put(padding);
    }
    while (count > 0) {
        put(digits[--count]);
    }
}

void qdpi_print_list(const char *format, va_list arguments)
{
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        format++;
        char padding = *format == '0' ? '0' : ' ';
        unsigned width = 0;
        for (; *format >= '0' && *format <= '9'; format++) {
            width = width * 10 + (unsigned)(*format - '0');
        }
        unsigned longs = 0;
        for (; *format == 'l'; format++) {
            longs++;
        }
        switch (*format) {
        case 's':
            put_text(va_arg(arguments, const char *));
            break;
        case 'c':
            put((char)va_arg(arguments, int));
            break;
        case 'u':
        case 'x': {
            uint64_t value = longs == 2 ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t);
            put_number(value, *format == 'u' ? 10 : 16, width, padding);
            break;
        }
        case '\0':
            return;
        default:
            put(*format);
            break;
        }
    }
}

void qdpi_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    qdpi_print_list(format, arguments);
    va_end(arguments);
}
