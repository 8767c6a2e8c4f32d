# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# What was configured, printed last.

message(STATUS "qemu-dpi ${PROJECT_VERSION}")
message(STATUS "  build type   ${CMAKE_BUILD_TYPE}")
message(STATUS "  sanitizers   ${QDPI_SANITIZE}")
message(STATUS "  simulations  ${QDPI_BUILD_SIM} (${VERILATOR})")
message(STATUS "  tests        ${QDPI_BUILD_TESTS}")
message(STATUS "  svdpi.h      ${QDPI_SVDPI_INCLUDE}")
