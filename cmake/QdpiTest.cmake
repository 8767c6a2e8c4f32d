# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
#   add_qdpi_unit_test(NAME [TIMEOUT seconds] [LABELS label...])
#     Builds NAME.c against the library's inside, the test support and cmocka; registers it as
#     <folder>.<name without test_>, for instance unit.memory_map.

find_package(cmocka QUIET CONFIG)
if(NOT TARGET cmocka::cmocka)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
  add_library(cmocka::cmocka ALIAS PkgConfig::CMOCKA)
endif()

function(add_qdpi_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "LABELS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  math(EXPR seconds "${arg_TIMEOUT} * ${QDPI_TEST_TIMEOUT_FACTOR}")
  get_filename_component(kind ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  string(REGEX REPLACE "^test_" "" noun ${name})
  add_executable(${name} ${name}.c)
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE
    QDPI_TEST_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures")
  target_link_libraries(${name} PRIVATE qdpi_test_support qdpi_warnings qdpi_sanitizers)
  add_test(NAME ${kind}.${noun} COMMAND ${name})
  set_tests_properties(${kind}.${noun} PROPERTIES TIMEOUT ${seconds} LABELS "${kind};${arg_LABELS}"
    SKIP_RETURN_CODE 77)
endfunction()
