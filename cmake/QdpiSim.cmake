# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Verilated models and the simulations that run them.
#
#   qdpi_verilate(MODEL TOP module SOURCES file... [PARAMETERS name=value...] [TIMING])
#     Builds the testbench `module` with Verilator as MODEL, and MODEL-waves, which can write an FST,
#     when it is asked for. TIMING: the testbench has tasks that wait for clock edges.
#
#   add_qdpi_sim(NAME MODEL model [RAM_FILE size[:machine]] [LAUNCH arguments...] [PLUSARGS arg...]
#                [MUST_FAIL] [MUST_PRINT text] [TIMEOUT seconds] [LABELS label...])
#     Target ready-NAME builds what it needs, sim-NAME runs it, sim-NAME-waves runs it and writes NAME.fst, test sim.NAME checks it.
#     LAUNCH: behind qdpi-launch with these arguments, up to and with "--" of each nested launcher.
#
#   qdpi_finish_sims()  makes the target sim, which runs all of them one after the other.

set(QDPI_SIM_MAIN ${PROJECT_SOURCE_DIR}/sim/verilator/sim_main.cpp)
file(GLOB QDPI_SV_HEADERS CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/dpi/sv/*.svh ${PROJECT_SOURCE_DIR}/dpi/include/*.inc
  ${PROJECT_SOURCE_DIR}/rtl/include/*.inc ${PROJECT_SOURCE_DIR}/qemu/*.inc)

function(_qdpi_verilate_variant model variant)
  cmake_parse_arguments(PARSE_ARGV 2 arg "TIMING" "TOP" "SOURCES;PARAMETERS;EXTRA")
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${variant}.model)
  set(executable ${directory}/${variant})
  list(TRANSFORM QDPI_SV_INCLUDE_DIRS PREPEND -I OUTPUT_VARIABLE includes)
  list(TRANSFORM arg_PARAMETERS PREPEND -G OUTPUT_VARIABLE parameters)
  list(JOIN QDPI_SANITIZE_FLAGS " " sanitize)
  set(timing --no-timing)
  if(arg_TIMING)
    set(timing --timing)
  endif()
  add_custom_command(
    OUTPUT ${executable}
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/quietly.sh ${directory}.log
      ${VERILATOR} --cc --exe --build -j 1 -Wall --assert -O3 ${timing} ${arg_EXTRA}
      --threads-dpi all
      -CFLAGS "-O2 -DQDPI_TOP=V${arg_TOP} ${sanitize}"
      -LDFLAGS "-Wl,--export-dynamic ${sanitize} $<TARGET_FILE:qemu_dpi> -Wl,-rpath,$<TARGET_FILE_DIR:qemu_dpi>"
      ${includes} ${parameters} --Mdir ${directory} --top-module ${arg_TOP} -o ${variant}
      ${arg_SOURCES} ${QDPI_SIM_MAIN}
    DEPENDS ${arg_SOURCES} ${QDPI_SV_HEADERS} ${QDPI_SIM_MAIN} qemu_dpi
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Verilating ${variant}"
    VERBATIM)
endfunction()

function(qdpi_verilate model)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TIMING" "TOP" "SOURCES;PARAMETERS")
  set(timing)
  if(arg_TIMING)
    set(timing TIMING)
  endif()
  list(TRANSFORM arg_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/)
  foreach(variant IN ITEMS ${model} ${model}-waves)
    set(extra)
    set(all ALL)
    if(variant STREQUAL "${model}-waves")
      set(extra EXTRA --trace-fst)
      set(all)
    endif()
    _qdpi_verilate_variant(${model} ${variant} TOP ${arg_TOP} SOURCES ${arg_SOURCES}
      PARAMETERS ${arg_PARAMETERS} ${timing} ${extra})
    add_custom_target(model-${variant} ${all}
      DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${variant}.model/${variant})
  endforeach()
endfunction()

function(add_qdpi_sim name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "MUST_FAIL" "MODEL;RAM_FILE;TIMEOUT;MUST_PRINT"
    "LAUNCH;PLUSARGS;LABELS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  math(EXPR seconds "${arg_TIMEOUT} * ${QDPI_TEST_TIMEOUT_FACTOR}")
  set(run ${PROJECT_SOURCE_DIR}/scripts/run_sim.sh --timeout ${seconds})
  set(after)
  if(arg_RAM_FILE)
    list(APPEND run --ram-file ${arg_RAM_FILE})
  endif()
  if(arg_MUST_FAIL)
    list(APPEND run --must-fail)
  endif()
  if(arg_MUST_PRINT)
    list(APPEND run --must-print ${arg_MUST_PRINT})
  endif()
  list(APPEND run --)
  set(launch)
  set(launcher_needed)
  if(arg_LAUNCH)
    set(launch $<TARGET_FILE:qdpi-launch> ${arg_LAUNCH})
    set(launcher_needed qdpi-launch guests)
  endif()
  set(command ${launch} ${CMAKE_CURRENT_BINARY_DIR}/${arg_MODEL}.model/${arg_MODEL} ${arg_PLUSARGS})
  set(waves ${CMAKE_CURRENT_BINARY_DIR}/${name}.fst)
  set(waves_command
    ${launch} ${CMAKE_CURRENT_BINARY_DIR}/${arg_MODEL}-waves.model/${arg_MODEL}-waves
    ${arg_PLUSARGS} +waves=${waves})

  add_custom_target(ready-${name} DEPENDS model-${arg_MODEL} ${launcher_needed})
  add_custom_target(sim-${name} COMMAND ${run} ${command}
    DEPENDS model-${arg_MODEL} ${launcher_needed} USES_TERMINAL VERBATIM)
  add_custom_target(sim-${name}-waves COMMAND ${run} ${waves_command}
    COMMAND ${CMAKE_COMMAND} -E echo "waves: gtkwave ${waves}"
    DEPENDS model-${arg_MODEL}-waves ${launcher_needed} USES_TERMINAL VERBATIM)
  set_property(GLOBAL APPEND PROPERTY QDPI_SIM_COMMANDS
    COMMAND ${CMAKE_COMMAND} -E echo "== sim-${name}" COMMAND ${run} ${command})
  set_property(GLOBAL APPEND PROPERTY QDPI_SIM_DEPENDS model-${arg_MODEL} ${launcher_needed})

  if(QDPI_BUILD_TESTS)
    math(EXPR test_seconds "${seconds} + 60")
    add_test(NAME sim.${name} COMMAND ${run} ${command})
    set_tests_properties(sim.${name} PROPERTIES LABELS "sim;${arg_LABELS}"
      TIMEOUT ${test_seconds} SKIP_RETURN_CODE 77)
    if(arg_LAUNCH)
      # A guest, QEMU's main loop and the simulator: they need both cores of a small machine.
      set_tests_properties(sim.${name} PROPERTIES PROCESSORS 2)
    endif()
  endif()
endfunction()

function(qdpi_finish_sims)
  get_property(commands GLOBAL PROPERTY QDPI_SIM_COMMANDS)
  get_property(depends GLOBAL PROPERTY QDPI_SIM_DEPENDS)
  list(REMOVE_DUPLICATES depends)
  add_custom_target(sim ${commands} DEPENDS ${depends} USES_TERMINAL VERBATIM)
endfunction()
