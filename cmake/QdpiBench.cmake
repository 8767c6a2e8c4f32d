# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
#   add_qdpi_bench(SUITE [ROUNDS n] [DEPENDS target...] COMMAND program argument... [COMMAND ...]...)
#     Lets scripts/bench.sh run the commands of SUITE in turn, n times (default 1). Each prints lines
#     `sample: SUITE CASE CONTESTANT UNIT VALUE`; tests/bench/report.c says what becomes of them.
#
#   qdpi_finish_benches()  makes the target `benches`, which builds what they need, and the list

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
  set_property(GLOBAL APPEND PROPERTY QDPI_BENCH_DEPENDS ${arg_DEPENDS})
endfunction()

function(qdpi_finish_benches)
  get_property(rows GLOBAL PROPERTY QDPI_BENCHES)
  get_property(depends GLOBAL PROPERTY QDPI_BENCH_DEPENDS)
  list(JOIN rows "\n" rows)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/bench.list CONTENT "${rows}\n")
  add_custom_target(benches DEPENDS ${depends})
endfunction()
