// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
#include "verdict.h"

#include <stdarg.h>
#include <stdint.h>

#include "clock.h"
#include "console.h"
#include "doorbell.h"
#include "machine.h"
#include "test_layout.h"

// QEMU closes its sockets when it exits: leave the testbench time to read the last doorbells.
enum { VERDICT_LINGER_MILLISECONDS = 200 };

_Noreturn static void end(uint32_t done, uint32_t exit_value)
{
    qdpi_doorbell_ring(QDPI_TEST_DOORBELL_DONE, done);
    qdpi_clock_sleep(VERDICT_LINGER_MILLISECONDS);
    qdpi_machine_exit(exit_value);
}

_Noreturn void qdpi_verdict_pass(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    qdpi_print("guest: PASS ");
    qdpi_print_list(format, arguments);
    qdpi_print("\n");
    va_end(arguments);
    end(0, QDPI_TEST_EXIT_PASSED);
}

_Noreturn void qdpi_verdict_fail(enum qdpi_failure failure, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    qdpi_print("guest: FAIL ");
    qdpi_print_list(format, arguments);
    qdpi_print("\n");
    va_end(arguments);
    end((uint32_t)failure, QDPI_TEST_EXIT_FAILED);
}
