# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Warnings and sanitizers as interface targets, and the libraries that our C code uses.

add_library(qdpi_warnings INTERFACE)
target_compile_features(qdpi_warnings INTERFACE c_std_11)
target_compile_options(qdpi_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wundef -Wvla -Wformat=2
  $<$<BOOL:${QDPI_WERROR}>:-Werror>)

if(QDPI_FUZZ AND (NOT CMAKE_C_COMPILER_ID STREQUAL "Clang" OR NOT QDPI_SANITIZE))
  message(FATAL_ERROR "QDPI_FUZZ needs clang and QDPI_SANITIZE: cmake --preset fuzz")
endif()

add_library(qdpi_sanitizers INTERFACE)
set(QDPI_SANITIZE_FLAGS "")
if(QDPI_SANITIZE)
  set(QDPI_SANITIZE_FLAGS "-fsanitize=${QDPI_SANITIZE}" -fno-sanitize-recover=all
                          -fno-omit-frame-pointer)
  if(QDPI_FUZZ)
    # Of Verilated code too: what it covers leads the fuzzer.
    list(APPEND QDPI_SANITIZE_FLAGS -fsanitize=fuzzer-no-link)
  endif()
  target_compile_options(qdpi_sanitizers INTERFACE ${QDPI_SANITIZE_FLAGS})
  target_link_options(qdpi_sanitizers INTERFACE ${QDPI_SANITIZE_FLAGS})
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
