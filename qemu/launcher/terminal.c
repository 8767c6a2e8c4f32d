// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's serial console on the user's terminal.

#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptor.h"
#include "failure.h"

enum {
    LEAVE_KEY = 0x1d,  // Ctrl-]
    CHUNK = 4096,
    CHUNKS_AT_ONCE = 16,  // then signals and deadlines get their turn
};

enum { SLOT_GUEST, SLOT_INPUT, SLOT_OUTPUT };

void qdpi_terminal_init(struct qdpi_terminal *terminal)
{
    terminal->listener = -1;
    terminal->guest = -1;
    terminal->input = -1;
    terminal->output = -1;
    terminal->input_owned = false;
    terminal->output_owned = false;
    terminal->begun = false;
    terminal->input_ended = false;
    terminal->broken = false;
    terminal->is_terminal = false;
    terminal->raw = false;
    terminal->left = false;
    terminal->typed.start = terminal->typed.length = 0;
    terminal->shown.start = terminal->shown.length = 0;
}

// The launcher listens and QEMU connects, not the other way round: QEMU does so before it starts
// the guest, so that not a byte is missed.
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) {
        return -errno;
    }
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1) != 0) {
        const int error = -errno;
        close(listener);
        return error;
    }
    return listener;
}

int qdpi_terminal_open(struct qdpi_terminal *terminal, const char *path,
                       struct qdpi_failure *failure)
{
    qdpi_terminal_init(terminal);
    const int listener = listen_at(path);
    if (listener < 0) {
        qdpi_failure_set(failure, QDPI_EXIT_NOT_STARTED,
                         "cannot make the socket of the guest's console, %s: %s", path,
                         strerror(-listener));
        return listener;
    }
    terminal->listener = listener;
    terminal->input =
        qdpi_descriptor_without_waiting(STDIN_FILENO, O_RDONLY, &terminal->input_owned);
    terminal->output =
        qdpi_descriptor_without_waiting(STDOUT_FILENO, O_WRONLY, &terminal->output_owned);
    terminal->is_terminal = tcgetattr(terminal->input, &terminal->original) == 0;
    return 0;
}

void qdpi_terminal_begin(struct qdpi_terminal *terminal)
{
    terminal->begun = terminal->input >= 0;
}

// A terminal that is not our controlling one knows no foreground, and is ours.
static bool in_foreground(const struct qdpi_terminal *terminal)
{
    const pid_t group = tcgetpgrp(terminal->input);
    return group < 0 || group == getpgrp();
}

static bool types(const struct qdpi_terminal *terminal)
{
    return terminal->begun && !terminal->left && !terminal->input_ended && terminal->guest >= 0;
}

bool qdpi_terminal_in_background(const struct qdpi_terminal *terminal)
{
    return types(terminal) && terminal->is_terminal && !in_foreground(terminal);
}

// A key is always taken, because it could be Ctrl-]; a file or pipe can wait until the guest is
// ready for it.
static bool wants_input(const struct qdpi_terminal *terminal)
{
    return types(terminal) && (terminal->is_terminal ? in_foreground(terminal)
                                                     : qdpi_byte_queue_room(&terminal->typed) > 0);
}

static void take_raw_mode(struct qdpi_terminal *terminal)
{
    if (!terminal->is_terminal || !types(terminal)) {
        return;
    }
    if (!in_foreground(terminal)) {
        terminal->raw = false;  // whoever is in the foreground has set a mode of its own
    } else if (!terminal->raw) {
        struct termios mode = terminal->original;
        cfmakeraw(&mode);
        // Never TCSADRAIN: it would wait for a terminal that takes no output.
        terminal->raw = tcsetattr(terminal->input, TCSANOW, &mode) == 0;
    }
}

void qdpi_terminal_restore(struct qdpi_terminal *terminal)
{
    if (terminal->raw && in_foreground(terminal)) {
        tcsetattr(terminal->input, TCSANOW, &terminal->original);
    }
    terminal->raw = false;
}

void qdpi_terminal_leave(struct qdpi_terminal *terminal)
{
    terminal->begun = false;
    qdpi_terminal_restore(terminal);
}

bool qdpi_terminal_pending(const struct qdpi_terminal *terminal)
{
    return terminal->guest >= 0 || (terminal->shown.length > 0 && !terminal->broken);
}

void qdpi_terminal_poll(struct qdpi_terminal *terminal, struct pollfd slots[QDPI_TERMINAL_SLOTS])
{
    take_raw_mode(terminal);
    const bool connected = terminal->guest >= 0;
    const bool to_guest = connected && terminal->typed.length > 0;
    const bool to_output = terminal->shown.length > 0 && !terminal->broken;
    slots[SLOT_GUEST] = (struct pollfd){
        .fd = connected ? terminal->guest : terminal->listener,
        .events = (short)(to_guest ? POLLIN | POLLOUT : POLLIN),
    };
    slots[SLOT_INPUT] =
        (struct pollfd){.fd = wants_input(terminal) ? terminal->input : -1, .events = POLLIN};
    slots[SLOT_OUTPUT] =
        (struct pollfd){.fd = to_output ? terminal->output : -1, .events = POLLOUT};
}

static void accept_guest(struct qdpi_terminal *terminal)
{
    if (terminal->listener < 0) {
        return;
    }
    terminal->guest = accept4(terminal->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (terminal->guest >= 0) {
        close(terminal->listener);
        terminal->listener = -1;
    }
}

static void disconnect_guest(struct qdpi_terminal *terminal)
{
    close(terminal->guest);
    terminal->guest = -1;
    qdpi_terminal_leave(terminal);
}

static void queue_output(struct qdpi_terminal *terminal, const char *bytes, size_t length)
{
    static const char notice[] = "\r\n[output that nobody read in time is left out here]\r\n";
    struct qdpi_byte_queue *shown = &terminal->shown;
    if (terminal->broken) {
        return;
    }
    if (qdpi_byte_queue_room(shown) < length) {
        qdpi_byte_queue_drop(shown, QDPI_BYTE_QUEUE_SIZE / 2);
        qdpi_byte_queue_put_first(shown, notice, sizeof notice - 1);
    }
    qdpi_byte_queue_add(shown, bytes, length);
}

static void flush_output(struct qdpi_terminal *terminal)
{
    size_t length;
    const char *bytes = qdpi_byte_queue_front(&terminal->shown, &length);
    while (length > 0 && !terminal->broken) {
        // Asked first, because a descriptor that could not be opened again blocks; and not more
        // than a pipe takes at once when it says that it is writable.
        struct pollfd output = {.fd = terminal->output, .events = POLLOUT};
        if (poll(&output, 1, 0) <= 0) {
            return;
        }
        const ssize_t written = write(terminal->output, bytes, length < CHUNK ? length : CHUNK);
        if (written >= 0) {
            qdpi_byte_queue_drop(&terminal->shown, (size_t)written);
        } else if (errno == EAGAIN || errno == EINTR) {
            return;
        } else {
            terminal->broken = true;
        }
        bytes = qdpi_byte_queue_front(&terminal->shown, &length);
    }
}

static void take_output(struct qdpi_terminal *terminal)
{
    for (int chunk = 0; chunk < CHUNKS_AT_ONCE && terminal->guest >= 0; chunk++) {
        char bytes[CHUNK];
        const ssize_t length = recv(terminal->guest, bytes, sizeof bytes, 0);
        if (length > 0) {
            queue_output(terminal, bytes, (size_t)length);
            flush_output(terminal);
        } else if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        } else {
            disconnect_guest(terminal);
        }
    }
}

static void take_input(struct qdpi_terminal *terminal)
{
    struct pollfd input = {.fd = terminal->input, .events = POLLIN};
    if (!wants_input(terminal) || poll(&input, 1, 0) <= 0) {
        return;
    }
    char bytes[CHUNK];
    const size_t room = qdpi_byte_queue_room(&terminal->typed);
    const bool bounded = !terminal->is_terminal && room < sizeof bytes;
    const ssize_t length = read(terminal->input, bytes, bounded ? room : sizeof bytes);
    // A terminal that was taken from us between the question and the read answers with EIO.
    if (length < 0 && (errno == EAGAIN || errno == EINTR || !in_foreground(terminal))) {
        return;
    }
    if (length <= 0) {
        terminal->input_ended = true;
        qdpi_terminal_restore(terminal);
        return;
    }
    const char *key = terminal->is_terminal ? memchr(bytes, LEAVE_KEY, (size_t)length) : NULL;
    qdpi_byte_queue_add(&terminal->typed, bytes,
                        key != NULL ? (size_t)(key - bytes) : (size_t)length);
    if (key != NULL) {
        terminal->left = true;
        qdpi_terminal_leave(terminal);
    }
}

static void flush_input(struct qdpi_terminal *terminal)
{
    size_t length;
    const char *bytes = qdpi_byte_queue_front(&terminal->typed, &length);
    while (length > 0 && terminal->guest >= 0) {
        const ssize_t sent = send(terminal->guest, bytes, length, MSG_NOSIGNAL);
        if (sent < 0) {
            return;  // full; or closed, which the reading side finds out with all output read
        }
        qdpi_byte_queue_drop(&terminal->typed, (size_t)sent);
        bytes = qdpi_byte_queue_front(&terminal->typed, &length);
    }
}

void qdpi_terminal_advance(struct qdpi_terminal *terminal)
{
    accept_guest(terminal);
    flush_output(terminal);
    take_output(terminal);
    take_input(terminal);
    flush_input(terminal);
}

void qdpi_terminal_close(struct qdpi_terminal *terminal)
{
    qdpi_terminal_restore(terminal);
    if (terminal->listener >= 0) {
        close(terminal->listener);
    }
    if (terminal->guest >= 0) {
        close(terminal->guest);
    }
    if (terminal->input_owned) {
        close(terminal->input);
    }
    if (terminal->output_owned) {
        close(terminal->output);
    }
    qdpi_terminal_init(terminal);
}
