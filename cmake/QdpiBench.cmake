# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
#   add_qdpi_bench(SUITE [ROUNDS n] [DEPENDS target...] COMMAND program argument... [COMMAND ...]...)
#     Lets scripts/bench.sh run the commands of SUITE in turn, n times (default 1). Each prints lines
#     `sample: SUITE CASE CONTESTANT UNIT VALUE`; tests/bench/report.c says what becomes of them.
#
#   add_qdpi_instruction_count(UNITS n DEPENDS target... COMMAND program argument...)
#     Lets the test bench.instructions count what the program's samples tell of, in n units each.
#
#   qdpi_finish_benches()  makes the lists, a target bench-SUITE each, which builds what it needs, and
#     that test

function(add_qdpi_bench suite)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ROUNDS" "DEPENDS;COMMAND")
  if(NOT arg_ROUNDS)
    set(arg_ROUNDS 1)
  endif()
  # The parser takes the later COMMANDs for arguments of the first.
  set(words ${ARGN})
  list(FIND words COMMAND first)
  list(SUBLIST words ${first} -1 words)
  set(rows "suite ${suite} ${arg_ROUNDS}")
  foreach(word IN LISTS words)
    if(word STREQUAL "COMMAND")
      list(APPEND rows command)
    elseif(word STREQUAL "DEPENDS" OR word STREQUAL "ROUNDS")
      message(FATAL_ERROR "add_qdpi_bench(${suite}): COMMAND comes last")
    else()
      list(APPEND rows "argument ${word}")
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY QDPI_BENCHES ${rows})
  set_property(GLOBAL APPEND PROPERTY QDPI_BENCH_SUITES ${suite})
  set_property(GLOBAL APPEND PROPERTY QDPI_BENCH_DEPENDS_${suite} ${arg_DEPENDS})
endfunction()

function(add_qdpi_instruction_count)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "UNITS" "DEPENDS;COMMAND")
  list(JOIN arg_COMMAND " " command)
  set_property(GLOBAL APPEND PROPERTY QDPI_INSTRUCTION_COUNTS "${arg_UNITS} ${command}")
  set_property(GLOBAL APPEND PROPERTY QDPI_INSTRUCTION_DEPENDS ${arg_DEPENDS})
endfunction()

function(qdpi_finish_benches)
  get_property(rows GLOBAL PROPERTY QDPI_BENCHES)
  get_property(suites GLOBAL PROPERTY QDPI_BENCH_SUITES)
  list(REMOVE_DUPLICATES suites)
  list(JOIN rows "\n" rows)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/bench.list CONTENT "${rows}\n")
  foreach(suite IN LISTS suites)
    get_property(depends GLOBAL PROPERTY QDPI_BENCH_DEPENDS_${suite})
    add_custom_target(bench-${suite} DEPENDS bench_report ${depends})
  endforeach()

  get_property(counts GLOBAL PROPERTY QDPI_INSTRUCTION_COUNTS)
  if(NOT counts OR QDPI_SANITIZE)
    return()
  endif()
  get_property(depends GLOBAL PROPERTY QDPI_INSTRUCTION_DEPENDS)
  list(JOIN counts "\n" counts)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/instructions.list CONTENT "${counts}\n")
  add_custom_target(counted ALL DEPENDS ${depends})
  set(check ${PROJECT_SOURCE_DIR}/tests/bench/check_instructions.sh)
  set(files ${PROJECT_BINARY_DIR}/instructions.list
    ${PROJECT_SOURCE_DIR}/tests/bench/instructions.txt)
  add_custom_target(record-instructions COMMAND ${check} --record ${files} DEPENDS counted
    USES_TERMINAL VERBATIM)
  add_test(NAME bench.instructions COMMAND ${check} ${files})
  set_tests_properties(bench.instructions PROPERTIES LABELS bench TIMEOUT 300)
endfunction()
