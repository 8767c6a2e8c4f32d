# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Every option, on one screen.

option(QDPI_BUILD_TESTS "Build and register the tests" ${PROJECT_IS_TOP_LEVEL})
option(QDPI_BUILD_SIM "Build the simulations (needs Verilator)" ${PROJECT_IS_TOP_LEVEL})
option(QDPI_WERROR "Treat warnings as errors" ${PROJECT_IS_TOP_LEVEL})
option(QDPI_INSTALL "Install library, headers and SystemVerilog sources" ${PROJECT_IS_TOP_LEVEL})
set(QDPI_SANITIZE "" CACHE STRING "Sanitizers for C and Verilated code, for instance address,undefined or thread")
option(QDPI_FUZZ "Link the fuzz targets with libFuzzer, and count what all code covers (needs clang)" OFF)
set(QDPI_GUEST_CC "gcc" CACHE STRING "Compiler of the bare-metal guests (x86, understands -m32)")
set(QDPI_TEST_TIMEOUT_FACTOR 1 CACHE STRING "Multiplies every test's time-out, for slow machines")

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
