// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The one Verilator harness of all testbenches. A testbench is a module with two inputs, clk_i and
// rst_ni, and ends itself with $finish. The clock comes from here and not from `always #5` because
// an event queue in front of every edge makes light models nearly three times slower.
//
// Plusargs: +waves=FILE writes an FST (only in builds with tracing).
//           +coverage=FILE writes line and toggle coverage (only in builds with coverage).

#include <cstdio>
#include <cstring>
#include <memory>

#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

#define QDPI_STRINGIFY_(x) #x
#define QDPI_STRINGIFY(x) QDPI_STRINGIFY_(x)
#include QDPI_STRINGIFY(QDPI_TOP.h)

namespace
{
constexpr int kResetHalfCycles = 20;
constexpr uint64_t kHalfPeriod = 5;
}  // namespace

int main(int argc, char **argv)
{
    // Progress must be seen when it is made, also through a pipe.
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const std::unique_ptr<VerilatedContext> context{new VerilatedContext};
    context->commandArgs(argc, argv);
#if VM_TRACE
    context->traceEverOn(true);
#endif
    const std::unique_ptr<QDPI_TOP> top{new QDPI_TOP{context.get(), "tb"}};

#if VM_TRACE
    std::unique_ptr<VerilatedFstC> waves;
    const char *const waves_plusarg = context->commandArgsPlusMatch("waves=");
    if (*waves_plusarg != '\0') {
        waves.reset(new VerilatedFstC);
        top->trace(waves.get(), 99);
        waves->open(std::strchr(waves_plusarg, '=') + 1);
        if (!waves->isOpen()) {
            std::fprintf(stderr, "%%Error: cannot write %s\n", std::strchr(waves_plusarg, '=') + 1);
            return 1;
        }
    }
#endif

    top->clk_i = 0;
    top->rst_ni = 0;
    for (uint64_t half_cycle = 0; !context->gotFinish(); ++half_cycle) {
        // Released on a falling edge, so that no testbench sees reset and clock change together.
        if (half_cycle == kResetHalfCycles)
            top->rst_ni = 1;
        top->clk_i = static_cast<unsigned char>(half_cycle & 1U);
        top->eval();
#if VM_TRACE
        if (waves)
            waves->dump(context->time());
#endif
        context->timeInc(kHalfPeriod);
    }
    top->final();
#if VM_TRACE
    if (waves)
        waves->close();
#endif
#if VM_COVERAGE
    const char *const coverage_plusarg = context->commandArgsPlusMatch("coverage=");
    if (*coverage_plusarg != '\0')
        context->coveragep()->write(std::strchr(coverage_plusarg, '=') + 1);
#endif
    return 0;
}
