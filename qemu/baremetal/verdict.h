// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// How a guest ends: one line on the serial port, the DONE doorbell for the testbench, QEMU's exit
// status.
#ifndef QDPI_BAREMETAL_VERDICT_H
#define QDPI_BAREMETAL_VERDICT_H

/// The value of the DONE doorbell of a guest that failed.
enum qdpi_failure {
    QDPI_FAILURE_SETUP = 1,         // the machine or the command line is not what the guest needs
    QDPI_FAILURE_EXCEPTION = 2,     // the processor took an exception
    QDPI_FAILURE_NOT_ATTACHED = 3,  // nothing answered in time
    QDPI_FAILURE_IDENTIFICATION =
        4,                        // what answered is not the device, or has another layout version
    QDPI_FAILURE_COMPLETION = 5,  // a completion entry or the head count is wrong
    QDPI_FAILURE_DATA = 6,        // a byte inside a buffer is wrong
    QDPI_FAILURE_GUARD = 7,       // a byte beside a buffer was changed
    QDPI_FAILURE_CRC = 8,         // a CRC is wrong
    QDPI_FAILURE_INTERRUPT = 9,   // an interrupt was lost, doubled or came without news
    QDPI_FAILURE_STALLED = 10,    // no progress for too long
};

/// `format` and what follows say the figures; no newline.
__attribute__((format(printf, 1, 2))) _Noreturn void qdpi_verdict_pass(const char *format, ...);

/// `format` and what follows say what was expected, what was found, and where; no newline.
__attribute__((format(printf, 2, 3))) _Noreturn void qdpi_verdict_fail(enum qdpi_failure failure,
                                                                       const char *format, ...);

#endif
