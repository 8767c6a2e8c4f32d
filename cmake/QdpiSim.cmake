# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Verilated models and the simulations that run them.
#
#   qdpi_verilate(MODEL TOP module SOURCES file... [PARAMETERS name=value...]
#                 [DEFINES name[=value]...] [TIMING] [FAST|QUICK] [ON_DEMAND] [SHARED] [THREADS n]
#                 [HARNESS file [LINK flag...]])
#     Builds the testbench `module` with Verilator as MODEL, and when they are asked for
#       MODEL-waves     can write an FST: +waves=FILE
#       MODEL-coverage  counts lines and toggles of the ports: +coverage=FILE
#       MODEL-bugs      has the seeded bugs: +qdpi.bug=NAME
#     TIMING: the testbench has tasks that wait for clock edges. FAST: optimised for runs of minutes.
#     QUICK: not optimised, for runs of a second; it is ready four times sooner and runs seven times
#     longer. ON_DEMAND: only the regression needs it. SHARED: with the shared library, as other
#     simulators have it. THREADS: so many evaluate it (1).
#     HARNESS: a C++ file instead of sim_main.cpp, which drives the ports of `module` itself; LINK:
#     what it needs besides.
#
#   add_qdpi_sim(NAME MODEL model [RAM_FILE size[:machine] | LAUNCH arguments... | LINUX test arguments...]
#                [PLUSARGS arg...] [MUST_FAIL] [MUST_PRINT text...] [TIMEOUT seconds] [LABELS label...])
#     Target ready-NAME builds what it needs, sim-NAME runs it, sim-NAME-waves runs it and writes NAME.fst, test sim.NAME checks it.
#     LAUNCH: behind qdpi-launch with these arguments, up to and with "--" of each nested launcher.
#     LINUX: with the Linux guest, which runs that test of its own; the consoles stay in NAME.logs.
#
#   add_qdpi_regression(NAME MODEL model [RAM_FILE size[:machine]] [PLUSARGS arg...] [BUGS name...])
#     A row of the regression: runs with many seeds, and the seeded bugs that it has to catch.
#
#   qdpi_finish_sims()  makes the targets
#     sim           runs all simulations one after the other
#     sim-regress   runs the regression, with the seeds 1 to $SEEDS or with $SEED
#     sim-coverage  runs it with models that count coverage, and reports

set(QDPI_SIM_MAIN ${PROJECT_SOURCE_DIR}/sim/verilator/sim_main.cpp)
set(QDPI_COVERAGE_SCOPE ${PROJECT_SOURCE_DIR}/sim/verilator/coverage.vlt)
file(GLOB QDPI_SV_HEADERS CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/dpi/sv/*.svh ${PROJECT_SOURCE_DIR}/dpi/include/*.inc
  ${PROJECT_SOURCE_DIR}/rtl/include/*.inc ${PROJECT_SOURCE_DIR}/qemu/*.inc
  ${PROJECT_SOURCE_DIR}/sim/core/*.svh ${PROJECT_SOURCE_DIR}/sim/bench/*.svh)
list(JOIN QDPI_SANITIZE_FLAGS " " QDPI_SIM_SANITIZE)

# What an upgrade in place changes: the files of a package are older than what was built before it.
set(QDPI_VERILATOR_VERSION ${CMAKE_CURRENT_BINARY_DIR}/verilator.version)
add_custom_target(verilator-version
  COMMAND sh -c "\"$0\" --version >\"$1\"" ${VERILATOR} ${QDPI_VERILATOR_VERSION}.new
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${QDPI_VERILATOR_VERSION}.new ${QDPI_VERILATOR_VERSION}
  BYPRODUCTS ${QDPI_VERILATOR_VERSION}
  COMMENT "Verilator's version"
  VERBATIM)

# Verilator's run-time library, once for all models: ${CMAKE_CURRENT_BINARY_DIR}/NAME.runtime.
function(_qdpi_verilator_runtime name)
  execute_process(COMMAND ${VERILATOR} --getenv VERILATOR_ROOT OUTPUT_VARIABLE root
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${name}.runtime)
  set(rules ${PROJECT_SOURCE_DIR}/sim/verilator/runtime.mk)
  set(open_array ${PROJECT_SOURCE_DIR}/sim/verilator/open_array.cpp
    ${PROJECT_SOURCE_DIR}/dpi/include/qdpi_open_array.h)
  file(GLOB sources CONFIGURE_DEPENDS ${root}/include/verilated*)
  add_custom_command(
    OUTPUT ${directory}/libverilated.a
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${directory}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${directory}
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/quietly.sh ${directory}.log
      make -C ${directory} -f ${rules} VERILATOR_ROOT=${root} OPT_GLOBAL=-O2
      "USER_CPPFLAGS=${QDPI_SIM_COMPILE}" ${QDPI_SIM_MAKE} ${ARGN}
    DEPENDS ${sources} ${rules} ${open_array} verilator-version ${QDPI_VERILATOR_VERSION}
    COMMENT "Compiling Verilator's run-time library (${name})"
    VERBATIM)
  add_custom_target(runtime-${name} DEPENDS ${directory}/libverilated.a)
endfunction()

# What is linked with libFuzzer has to come from the compiler that libFuzzer comes from. Verilator's
# rules know gcc's flag for coroutines alone, and no model that is fuzzed has a testbench that waits.
set(QDPI_SIM_MAKE)
set(QDPI_SIM_COMPILE ${QDPI_SIM_SANITIZE})
if(QDPI_SANITIZE)
  # For the null check of a thread-local variable, such as Verilator has, gcc 12 takes the flags of an
  # addition that the linker replaces by an instruction which sets none.
  string(APPEND QDPI_SIM_COMPILE " -fno-sanitize=null")
endif()
if(QDPI_FUZZ)
  # Verilated code is no C++ of ours, and half as fast with it.
  string(APPEND QDPI_SIM_COMPILE " -fno-sanitize=undefined")
  string(REGEX REPLACE "clang([^/]*)$" "clang++\\1" QDPI_SIM_CXX ${CMAKE_C_COMPILER})
  set(QDPI_SIM_MAKE CXX=${QDPI_SIM_CXX} LINK=${QDPI_SIM_CXX} VM_TIMING=0)
endif()

_qdpi_verilator_runtime(plain)
_qdpi_verilator_runtime(waves VM_TRACE=1 VM_TRACE_FST=1)

function(_qdpi_verilate_variant variant)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TIMING;FAST;QUICK;SHARED" "TOP;RUNTIME;HARNESS;THREADS"
    "SOURCES;PARAMETERS;DEFINES;EXTRA;LINK")
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${variant}.model)
  set(executable ${directory}/${variant})
  set(runtime ${CMAKE_CURRENT_BINARY_DIR}/${arg_RUNTIME}.runtime/libverilated.a)
  list(TRANSFORM QDPI_SV_INCLUDE_DIRS PREPEND -I OUTPUT_VARIABLE includes)
  list(TRANSFORM arg_PARAMETERS PREPEND -G OUTPUT_VARIABLE parameters)
  list(TRANSFORM arg_DEFINES PREPEND +define+ OUTPUT_VARIABLE defines)
  set(timing --no-timing)
  if(arg_TIMING)
    set(timing --timing)
  endif()
  # -O1 makes models that run three times longer, and saves next to no time here.
  set(optimise -Os)
  if(arg_FAST)
    set(optimise -O2)
  elseif(arg_QUICK)
    set(optimise -O0)
  endif()
  if(arg_SHARED)
    set(library qemu_dpi)
    set(link "-Wl,--export-dynamic $<TARGET_FILE:qemu_dpi> -Wl,-rpath,$<TARGET_FILE_DIR:qemu_dpi>")
  else()
    set(library qemu_dpi_static)
    list(JOIN JANSSON_LINK_LIBRARIES " " jansson)
    set(link "$<TARGET_FILE:qemu_dpi_static> ${jansson}")
  endif()
  # The whole archive: the library refers to the functions of svdpi.h weakly.
  list(APPEND link "-Wl,--whole-archive ${runtime} -Wl,--no-whole-archive" ${QDPI_SIM_SANITIZE}
    ${arg_LINK})
  list(JOIN link " " link)
  list(TRANSFORM QDPI_SIM_MAKE REPLACE "(.+)" "-MAKEFLAGS;\\1" OUTPUT_VARIABLE make)
  # How many threads are worth their while is for whoever asks to find out.
  set(threads --threads ${arg_THREADS})
  if(arg_THREADS GREATER 1)
    list(APPEND threads -Wno-UNOPTTHREADS)
  endif()
  # One C++ file a model: most of the time of a small one goes into Verilator's headers.
  set(options
    --cc --exe --build -j 1 -Wall --assert -O3 --output-split 0 ${timing} ${arg_EXTRA}
    ${threads} --threads-dpi all
    ${make} -MAKEFLAGS VM_PARALLEL_BUILDS=0 -MAKEFLAGS OPT_FAST=${optimise} -MAKEFLAGS VM_GLOBAL_FAST= -MAKEFLAGS VM_GLOBAL_SLOW=
    -CFLAGS "-DQDPI_TOP=V${arg_TOP} ${QDPI_SIM_COMPILE}"
    -LDFLAGS "${link}"
    ${includes} -I${PROJECT_SOURCE_DIR}/sim/core
    -I${PROJECT_SOURCE_DIR}/sim/bench ${parameters} ${defines}
    --Mdir ${directory} --top-module ${arg_TOP} -o ${variant})

  # Verilator's own rules do not see that a flag or the run-time library changed.
  file(GENERATE OUTPUT ${directory}.options CONTENT "${options}\n")
  add_custom_command(
    OUTPUT ${directory}/options
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${directory}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${directory}
    COMMAND ${CMAKE_COMMAND} -E copy ${directory}.options ${directory}/options
    DEPENDS ${directory}.options ${runtime} runtime-${arg_RUNTIME}
    COMMENT "Options of ${variant} are new"
    VERBATIM)
  # Nor that the library or an object did: they are on the link line alone.
  set(objects ${arg_LINK})
  list(FILTER objects INCLUDE REGEX "TARGET_OBJECTS")
  add_custom_command(
    OUTPUT ${executable}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${executable}
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/quietly.sh ${directory}.log
      ${VERILATOR} ${options} ${arg_SOURCES} ${arg_HARNESS}
    DEPENDS ${arg_SOURCES} ${QDPI_SV_HEADERS} ${arg_HARNESS} ${directory}/options ${library}
      ${objects}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Verilating ${variant}"
    VERBATIM)
endfunction()

function(qdpi_verilate model)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TIMING;FAST;QUICK;ON_DEMAND;SHARED" "TOP;HARNESS;THREADS"
    "SOURCES;PARAMETERS;DEFINES;LINK")
  set(harness ${QDPI_SIM_MAIN})
  if(arg_HARNESS)
    set(harness ${PROJECT_SOURCE_DIR}/${arg_HARNESS})
  endif()
  if(NOT arg_THREADS)
    set(arg_THREADS 1)
  endif()
  set(flags THREADS ${arg_THREADS})
  foreach(flag IN ITEMS TIMING FAST QUICK SHARED)
    if(arg_${flag})
      list(APPEND flags ${flag})
    endif()
  endforeach()
  list(TRANSFORM arg_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/)
  foreach(kind IN ITEMS "" -waves -coverage -bugs)
    set(all)
    set(runtime plain)
    set(extra)
    set(link ${arg_LINK})
    set(sources ${arg_SOURCES})
    set(defines ${arg_DEFINES})
    if(kind STREQUAL "" AND NOT arg_ON_DEMAND)
      set(all ALL)
    elseif(kind STREQUAL "-waves")
      set(runtime waves)
      set(extra --trace-fst)
      list(APPEND link -lz)
    elseif(kind STREQUAL "-coverage")
      set(extra --coverage-line --coverage-toggle)
      list(PREPEND sources ${QDPI_COVERAGE_SCOPE})
    elseif(kind STREQUAL "-bugs")
      list(APPEND defines QDPI_SEEDED_BUGS)
      # A seeded bug is looked up from everywhere.
      set(extra -Wno-IMPURE)
    endif()
    set(variant ${model}${kind})
    _qdpi_verilate_variant(${variant} TOP ${arg_TOP} RUNTIME ${runtime}
      HARNESS ${harness} LINK ${link} SOURCES ${sources} PARAMETERS ${arg_PARAMETERS}
      DEFINES ${defines} EXTRA ${extra} ${flags})
    add_custom_target(model-${variant} ${all}
      DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${variant}.model/${variant})
  endforeach()
endfunction()

function(add_qdpi_sim name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "MUST_FAIL" "MODEL;RAM_FILE;TIMEOUT"
    "LAUNCH;LINUX;PLUSARGS;MUST_PRINT;LABELS")
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
  foreach(text IN LISTS arg_MUST_PRINT)
    list(APPEND run --must-print ${text})
  endforeach()
  list(APPEND run --)
  set(launch)
  set(launcher_needed)
  if(arg_LAUNCH)
    set(launch $<TARGET_FILE:qdpi-launch> ${arg_LAUNCH})
    set(launcher_needed qdpi-launch guests)
  elseif(arg_LINUX)
    # The guest powers off by itself: QEMU's exit status is 0.
    set(launch ${PROJECT_SOURCE_DIR}/qemu/linux/launch.sh $<TARGET_FILE:qdpi-launch>
      ${PROJECT_BINARY_DIR}/qemu/linux ${arg_LINUX} --expect-guest-status=0
      --keep-log=${CMAKE_CURRENT_BINARY_DIR}/${name}.logs --)
    set(launcher_needed qdpi-launch linux-guest)
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
    # What run_sim.sh may need to end a launch, and more.
    set(grace 10)
    if("${arg_LAUNCH}" MATCHES "--grace=([0-9]+)")
      set(grace ${CMAKE_MATCH_1})
    endif()
    math(EXPR test_seconds "${seconds} + ${grace} + 50")
    add_test(NAME sim.${name} COMMAND ${run} ${command})
    set_tests_properties(sim.${name} PROPERTIES LABELS "sim;${arg_LABELS}"
      TIMEOUT ${test_seconds} SKIP_RETURN_CODE 77)
    if(launch)
      # A guest, QEMU's main loop and the simulator: they need both cores of a small machine.
      set_tests_properties(sim.${name} PROPERTIES PROCESSORS 2)
    endif()
  endif()
endfunction()

function(add_qdpi_regression name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODEL;RAM_FILE" "PLUSARGS;BUGS")
  set(row "row ${name}" "model ${CMAKE_CURRENT_BINARY_DIR} ${arg_MODEL}")
  if(arg_RAM_FILE)
    list(APPEND row "ram-file ${arg_RAM_FILE}")
  endif()
  list(TRANSFORM arg_PLUSARGS PREPEND "argument ")
  list(TRANSFORM arg_BUGS PREPEND "bug ")
  set_property(GLOBAL APPEND PROPERTY QDPI_REGRESSION ${row} ${arg_PLUSARGS} ${arg_BUGS})
  set_property(GLOBAL APPEND PROPERTY QDPI_REGRESSION_MODELS model-${arg_MODEL})
  set_property(GLOBAL APPEND PROPERTY QDPI_COVERAGE_MODELS model-${arg_MODEL}-coverage)
  if(arg_BUGS)
    set_property(GLOBAL APPEND PROPERTY QDPI_REGRESSION_MODELS model-${arg_MODEL}-bugs)
  endif()
endfunction()

function(_qdpi_finish_regression)
  get_property(rows GLOBAL PROPERTY QDPI_REGRESSION)
  if(NOT rows)
    return()
  endif()
  foreach(kind IN ITEMS REGRESSION COVERAGE)
    get_property(models GLOBAL PROPERTY QDPI_${kind}_MODELS)
    list(REMOVE_DUPLICATES models)
    set(${kind}_models ${models})
  endforeach()
  list(JOIN rows "\n" rows)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/regression.list)
  file(GENERATE OUTPUT ${list} CONTENT "${rows}\n")
  set(scripts ${PROJECT_SOURCE_DIR}/scripts)
  math(EXPR seconds "300 * ${QDPI_TEST_TIMEOUT_FACTOR}")
  add_custom_target(sim-regress
    COMMAND ${scripts}/regress.sh --timeout ${seconds} ${list} ${CMAKE_CURRENT_BINARY_DIR}/regress
    DEPENDS ${REGRESSION_models} USES_TERMINAL VERBATIM)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/coverage)
  add_custom_target(sim-coverage
    COMMAND ${scripts}/regress.sh --coverage --timeout ${seconds} ${list} ${folder}
    COMMAND ${scripts}/coverage_report.sh ${folder}
    DEPENDS ${COVERAGE_models} USES_TERMINAL VERBATIM)
endfunction()

function(qdpi_finish_sims)
  get_property(commands GLOBAL PROPERTY QDPI_SIM_COMMANDS)
  get_property(depends GLOBAL PROPERTY QDPI_SIM_DEPENDS)
  list(REMOVE_DUPLICATES depends)
  add_custom_target(sim ${commands} DEPENDS ${depends} USES_TERMINAL VERBATIM)
  _qdpi_finish_regression()
endfunction()
