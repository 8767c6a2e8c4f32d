// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The guest's serial console on the user's terminal: what the guest says is shown, what is typed
// goes to the guest.
//
// The guest's output is taken without pause, whatever becomes of the terminal: QEMU, or the guest
// in it, would stand still before a socket that nobody drains.

#ifndef QDPI_LAUNCHER_TERMINAL_H_
#define QDPI_LAUNCHER_TERMINAL_H_

#include <poll.h>
#include <stdbool.h>
#include <termios.h>

#include "byte_queue.h"

struct qdpi_failure;

enum { QDPI_TERMINAL_SLOTS = 3 };  // descriptors that it wants to be polled

struct qdpi_terminal {
    int listener;  // where QEMU connects, once; -1: it has, or there is no such terminal
    int guest;     // the connection to the guest's serial port, -1: none
    int input;
    int output;
    bool input_owned;  // descriptors of our own
    bool output_owned;
    bool begun;        // what is typed is taken
    bool input_ended;  // nothing will be typed any more
    bool broken;       // nobody reads the output any more; the rest is dropped
    bool is_terminal;  // the input is one, and gets the raw mode
    bool raw;          // it has it
    bool left;         // Ctrl-] was typed
    struct termios original;
    struct qdpi_byte_queue typed;  // what the guest did not take yet
    struct qdpi_byte_queue shown;  // what the output did not take yet
};

void qdpi_terminal_init(struct qdpi_terminal *terminal);

// Makes the socket `path` for QEMU to connect to, and uses standard input and output. Returns 0, or
// -errno with `failure` filled.
int qdpi_terminal_open(struct qdpi_terminal *terminal, const char *path,
                       struct qdpi_failure *failure);

// From here on the keyboard is the guest's.
void qdpi_terminal_begin(struct qdpi_terminal *terminal);

// Fills in what is to be waited for, and takes the raw mode if the terminal came (back) to the
// foreground.
void qdpi_terminal_poll(struct qdpi_terminal *terminal, struct pollfd slots[QDPI_TERMINAL_SLOTS]);

// True while the terminal is somebody else's. Nothing that can be polled tells when it is not.
bool qdpi_terminal_in_background(const struct qdpi_terminal *terminal);

// Carries bytes both ways, as far as that goes without waiting.
void qdpi_terminal_advance(struct qdpi_terminal *terminal);

// True when something has not been shown yet.
bool qdpi_terminal_pending(const struct qdpi_terminal *terminal);

// Gives the terminal its mode back. qdpi_terminal_poll takes the raw mode again, unless the session
// was left.
void qdpi_terminal_restore(struct qdpi_terminal *terminal);

// After the launcher was stopped and continued: whoever had the terminal meanwhile has set its
// mode.
static inline void qdpi_terminal_resume(struct qdpi_terminal *terminal)
{
    terminal->raw = false;
}

// Ends the typing for good and gives the terminal back. Output is still shown.
void qdpi_terminal_leave(struct qdpi_terminal *terminal);

void qdpi_terminal_close(struct qdpi_terminal *terminal);

#endif
