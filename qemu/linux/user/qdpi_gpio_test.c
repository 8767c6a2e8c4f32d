// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// qdpi-gpio-test: proves the chain from the LED class of Linux to the LEDs in the simulator, and
// from the button there to poll() here. Somebody at the device (the testbench) presses the button
// when all LEDs have been lit, and again after each answer.

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CHIP_LABEL "qdpi-gpio"
#define MODULE_NAME "qdpi_gpio"
#define CONSUMER "qdpi-gpio-test"
#define BUTTON_NAME "button"
#define LED_PATTERN "/sys/class/leds/qdpi::indicator-%u/brightness"

enum {
    LED_COUNT = 8,
    LINE_COUNT = LED_COUNT + 1,
    CHIPS_MAX = 64,
    PRESSES = 3,
    ALL_LIT = (1 << LED_COUNT) - 1,
    REPEAT_MS = 500,
    DEADLINE_S = 30,
    DEADLINE_MAX_S = 86400,
    PATH_BYTES = 64,
};

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("qdpi-gpio-test: FAIL ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    exit(EXIT_FAILURE);
}

static int64_t now_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        fail("no monotonic clock: %s", strerror(errno));
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void write_led(unsigned int led, bool lit)
{
    char path[PATH_BYTES];
    char text[16];
    snprintf(path, sizeof(path), LED_PATTERN, led);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        fail("%s cannot be opened: %s; are qdpi_gpio and leds-gpio loaded?", path, strerror(errno));
    }
    int length = snprintf(text, sizeof(text), "%d\n", lit);
    if (write(fd, text, (size_t)length) != length) {
        fail("%s cannot be written: %s", path, strerror(errno));
    }
    ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
    if (got <= 0)
        fail("%s cannot be read: %s", path, got < 0 ? strerror(errno) : "it is empty");
    text[got] = '\0';
    if ((strtoul(text, NULL, 10) != 0) != lit) {
        fail("%s reads %s after %d was written", path, text, lit);
    }
    close(fd);
}

static void show(unsigned int number)
{
    for (unsigned int led = 0; led < LED_COUNT; led++)
        write_led(led, number >> led & 1);
}

static struct gpio_v2_line_info line_info(int chip, unsigned int offset)
{
    struct gpio_v2_line_info info = {.offset = offset};
    if (ioctl(chip, GPIO_V2_GET_LINEINFO_IOCTL, &info) != 0) {
        fail("line %u of " CHIP_LABEL " has no information: %s", offset, strerror(errno));
    }
    return info;
}

static void check_line_name(int chip, unsigned int offset, const char *name)
{
    struct gpio_v2_line_info info = line_info(chip, offset);
    if (strcmp(info.name, name) != 0) {
        fail("line %u of " CHIP_LABEL " is called \"%s\", not \"%s\"", offset, info.name, name);
    }
    bool is_output = (info.flags & GPIO_V2_LINE_FLAG_OUTPUT) != 0;
    if (is_output != (offset < LED_COUNT)) {
        fail("line \"%s\" is an %s", name, is_output ? "output" : "input");
    }
}

static void check_button_free(int chip)
{
    struct gpio_v2_line_info info = line_info(chip, LED_COUNT);
    if ((info.flags & GPIO_V2_LINE_FLAG_USED) != 0) {
        fail("the button is in use by \"%s\"; end that program, or load qdpi_gpio without keys=1",
             info.consumer);
    }
}

static int open_chip(void)
{
    for (unsigned int index = 0; index < CHIPS_MAX; index++) {
        char path[PATH_BYTES];
        struct gpiochip_info info;
        snprintf(path, sizeof(path), "/dev/gpiochip%u", index);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0) {
            if (errno == ENOENT)
                continue;
            fail("%s cannot be opened: %s", path, strerror(errno));
        }
        memset(&info, 0, sizeof(info));
        if (ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, &info) != 0) {
            fail("%s does not say what it is: %s", path, strerror(errno));
        }
        if (strcmp(info.label, CHIP_LABEL) == 0) {
            if (info.lines != LINE_COUNT) {
                fail("%s has %u lines, not %d", path, info.lines, LINE_COUNT);
            }
            return fd;
        }
        close(fd);
    }
    fail("no /dev/gpiochip* is called " CHIP_LABEL "; is qdpi_gpio loaded?");
}

// Returns the file of the line, or -errno.
static int request_line(int chip, unsigned int offset, uint64_t flags)
{
    struct gpio_v2_line_request request = {
        .offsets = {offset}, .consumer = CONSUMER, .config = {.flags = flags}, .num_lines = 1};
    if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) != 0)
        return -errno;
    return request.fd;
}

static void expect_refused(int chip, unsigned int offset, uint64_t flags, int error,
                           const char *what)
{
    int result = request_line(chip, offset, flags);
    if (result >= 0)
        fail("%s was not refused", what);
    if (result != -error) {
        fail("%s was refused with \"%s\", not \"%s\"", what, strerror(-result), strerror(error));
    }
}

static void check_refusals(int chip)
{
    expect_refused(chip, LED_COUNT, GPIO_V2_LINE_FLAG_OUTPUT, EINVAL, "the button as an output");
    expect_refused(chip, LED_COUNT, GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_FALLING,
                   EINVAL, "a falling edge of the button");
    expect_refused(chip, LED_COUNT,
                   GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING |
                       GPIO_V2_LINE_FLAG_EDGE_FALLING,
                   EINVAL, "both edges of the button");
    for (unsigned int led = 0; led < LED_COUNT; led++) {
        expect_refused(chip, led, GPIO_V2_LINE_FLAG_OUTPUT, EBUSY, "a line of the LED class");
    }
}

// While the button is requested: it belongs to us alone, has no level, and keeps the module loaded.
static void check_held(int chip, int button)
{
    expect_refused(chip, LED_COUNT, GPIO_V2_LINE_FLAG_INPUT, EBUSY, "the button a second time");
    struct gpio_v2_line_values values = {.mask = 1};
    if (ioctl(button, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) == 0) {
        fail("the button has a level, which the device cannot tell");
    }
    if (errno != EOPNOTSUPP) {
        fail("reading the button's level failed with \"%s\", not \"%s\"", strerror(errno),
             strerror(EOPNOTSUPP));
    }
    if (syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK) == 0) {
        fail("the module " MODULE_NAME " could be removed while the button was in use");
    }
    if (errno != EAGAIN) {
        fail("removing " MODULE_NAME " failed with \"%s\", not \"%s\"", strerror(errno),
             strerror(EAGAIN));
    }
}

static void wait_for_press(int button, unsigned int press, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - now_ms();
        if (left <= 0)
            fail("press %u did not come before the deadline", press);
        struct pollfd wait = {.fd = button, .events = POLLIN};
        int ready = poll(&wait, 1, left < REPEAT_MS ? (int)left : REPEAT_MS);
        if (ready < 0)
            fail("poll failed: %s", strerror(errno));
        if (ready > 0) {
            if (wait.revents != POLLIN)
                fail("poll reports 0x%x", (unsigned int)wait.revents);
            return;
        }
        // The simulator may have attached after all LEDs were lit; it has not seen that then.
        if (press == 1)
            show(ALL_LIT);
    }
}

// Reads the event and returns its time.
static uint64_t take_press(int button, unsigned int press, uint64_t before_ns)
{
    struct gpio_v2_line_event event;
    ssize_t got = read(button, &event, sizeof(event));
    if (got != (ssize_t)sizeof(event)) {
        fail("the event of press %u cannot be read: %s", press,
             got < 0 ? strerror(errno) : "it is too short");
    }
    if (event.id != GPIO_V2_LINE_EVENT_RISING_EDGE) {
        fail("press %u: event %u is no rising edge", press, event.id);
    }
    if (event.offset != LED_COUNT) {
        fail("press %u: the event is of line %u", press, event.offset);
    }
    if (event.seqno != press || event.line_seqno != press) {
        fail("press %u: the event is number %u (%u of its line)", press, event.seqno,
             event.line_seqno);
    }
    if (event.timestamp_ns <= before_ns)
        fail("press %u is not later than the one before", press);
    return event.timestamp_ns;
}

static void run(unsigned int deadline_s)
{
    int64_t deadline = now_ms() + (int64_t)deadline_s * 1000;
    int chip = open_chip();
    for (unsigned int led = 0; led < LED_COUNT; led++) {
        char name[] = "led0";
        name[3] = (char)('0' + led);
        check_line_name(chip, led, name);
    }
    check_line_name(chip, LED_COUNT, BUTTON_NAME);
    check_button_free(chip);
    check_refusals(chip);

    // Before the LEDs: the first press may come as soon as the last of them was lit.
    int button =
        request_line(chip, LED_COUNT, GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING);
    if (button < 0)
        fail("the button cannot be requested: %s", strerror(-button));
    check_held(chip, button);

    show(0);
    for (unsigned int led = 0; led < LED_COUNT; led++) {
        write_led(led, true);
        write_led(led, false);
    }
    show(ALL_LIT);

    uint64_t time_ns = 0;
    for (unsigned int press = 1; press <= PRESSES; press++) {
        wait_for_press(button, press, deadline);
        time_ns = take_press(button, press, time_ns);
        show(press);
        printf("qdpi-gpio-test: press %u\n", press);
    }
    close(button);
    close(chip);
    printf("qdpi-gpio-test: PASS presses=%d\n", PRESSES);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    unsigned int *deadline_s = state->input;
    if (key == 'd') {
        char *end;
        errno = 0;
        unsigned long value = strtoul(argument, &end, 10);
        if (errno != 0 || end == argument || *end != '\0' || value == 0 || value > DEADLINE_MAX_S) {
            argp_error(state, "--deadline=%s: give 1 to %d seconds", argument, DEADLINE_MAX_S);
        }
        *deadline_s = (unsigned int)value;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        argp_error(state, "there are no arguments: %s", argument);
    return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"deadline", 'd', "SECONDS", 0, "Give up after so many seconds (default: 30)", 0},
        {0},
    };
    static const struct argp parser = {
        options,
        parse_option,
        NULL,
        "Switches the LEDs of the device qdpi-gpio, and answers three presses of its button.",
        NULL,
        NULL,
        NULL};
    unsigned int deadline_s = DEADLINE_S;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argp_parse(&parser, argc, argv, 0, NULL, &deadline_s) != 0)
        return EXIT_FAILURE;
    run(deadline_s);
    return EXIT_SUCCESS;
}
