# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Benchmarks in SystemVerilog: on demand, run by scripts/bench.sh.

include(QdpiBench)

# What a call is compared with that does the least.
add_library(bench_floor OBJECT EXCLUDE_FROM_ALL bench/bench_floor.c)
target_include_directories(bench_floor SYSTEM PRIVATE ${QDPI_SVDPI_INCLUDE})
target_compile_options(bench_floor PRIVATE -O2)
target_link_libraries(bench_floor PRIVATE qdpi_warnings)

# ---- Memory calls ----

# As a simulation of Verilator has the library, and as those have it that load it.
foreach(suite IN ITEMS memory memory_shared)
  set(shared)
  if(suite STREQUAL "memory_shared")
    set(shared SHARED)
  endif()
  qdpi_verilate(bench_${suite} TOP tb_bench_memory FAST ON_DEMAND ${shared}
    LINK $<TARGET_OBJECTS:bench_floor>
    SOURCES ${package} sim/bench/bench_floor_pkg.sv sim/bench/bench_memory_pkg.sv
      sim/bench/bench_memory_scalars.sv sim/bench/bench_memory_arrays.sv
      sim/bench/tb_bench_memory.sv)
  add_dependencies(model-bench_${suite} bench_floor)
  add_qdpi_bench(${suite} DEPENDS model-bench_${suite}
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/run_sim.sh --ram-file 1G --
      ${CMAKE_CURRENT_BINARY_DIR}/bench_${suite}.model/bench_${suite} +suite=${suite})
endforeach()
add_qdpi_instruction_count(UNITS 1000 DEPENDS model-bench_memory
  COMMAND ${CMAKE_CURRENT_BINARY_DIR}/bench_memory.model/bench_memory +calls=1000)

# ---- The AXI4 port ----

# The port as it is delivered has its checker and its monitor; `port` has neither. The other
# contestants: the same with one of them or with windows; the least that answers, in front of guest
# memory and of arrays of C and of SystemVerilog.
set(axi4_bench sim/bench/bench_axi4_traffic.sv sim/bench/bench_axi4_minimal.sv
  sim/bench/bench_axi4_port.sv sim/bench/tb_bench_axi4.sv)
set(axi4_contestants port windows monitor delivered minimal copy array)
set(axi4_port_parameters EnableMonitor=1'b0)
set(axi4_monitor_parameters EnableMonitor=1'b1)
set(axi4_delivered_parameters EnableMonitor=1'b1 EnableChecker=1'b1)
set(axi4_minimal_parameters IsMinimal=1'b1)
set(axi4_array_parameters IsMinimal=1'b1 Memory=1)
set(axi4_copy_parameters IsMinimal=1'b1 Memory=2)
add_library(bench_axi4_copy OBJECT EXCLUDE_FROM_ALL bench/bench_axi4_copy.c)
target_include_directories(bench_axi4_copy SYSTEM PRIVATE ${QDPI_SVDPI_INCLUDE})
target_compile_options(bench_axi4_copy PRIVATE -O2)
target_link_libraries(bench_axi4_copy PRIVATE qdpi_warnings)
foreach(width IN ITEMS 64 128 256 512 1024)
  foreach(contestant IN ITEMS port monitor delivered minimal copy array)
    qdpi_verilate(bench_axi4_${contestant}_${width} TOP tb_bench_axi4 FAST ON_DEMAND
      LINK $<TARGET_OBJECTS:bench_axi4_copy>
      SOURCES ${ports} ${axi4_bench}
      PARAMETERS DataWidth=${width} ${axi4_${contestant}_parameters})
    add_dependencies(model-bench_axi4_${contestant}_${width} bench_axi4_copy)
  endforeach()
endforeach()

# The longest burst has 256 beats, and does not cross a 4 KiB boundary.
set(axi4_depends)
set(axi4_commands)
foreach(case IN ITEMS 64:16 64:256 64:1 64:0 128:16 256:16 512:16 512:64 512:1 512:0 1024:16)
  string(REPLACE ":" ";" case ${case})
  list(GET case 0 width)
  list(GET case 1 beats)
  foreach(contestant IN LISTS axi4_contestants)
    set(model bench_axi4_${contestant}_${width})
    set(more)
    if(contestant STREQUAL "windows")
      set(model bench_axi4_port_${width})
      set(more +windows)
    endif()
    list(APPEND axi4_depends model-${model})
    list(APPEND axi4_commands COMMAND ${PROJECT_SOURCE_DIR}/scripts/run_sim.sh --ram-file 4M --
      ${CMAKE_CURRENT_BINARY_DIR}/${model}.model/${model} +contestant=${contestant}
      +beats=${beats} ${more})
  endforeach()
endforeach()
list(REMOVE_DUPLICATES axi4_depends)
add_qdpi_bench(axi4 ROUNDS 11 DEPENDS ${axi4_depends} ${axi4_commands})
foreach(case IN ITEMS port:64:16 port:512:16 delivered:64:16 port:64:0)
  string(REPLACE ":" ";" case ${case})
  list(GET case 0 contestant)
  list(GET case 1 width)
  list(GET case 2 beats)
  set(model bench_axi4_${contestant}_${width})
  add_qdpi_instruction_count(UNITS 8000 DEPENDS model-${model}
    COMMAND ${CMAKE_CURRENT_BINARY_DIR}/${model}.model/${model} +contestant=${contestant}
      +beats=${beats} +clocks=8000 +time_only)
endforeach()

# ---- Every other port ----

set(bench_ports axil ahb apb avalon wishbone tilelink axis events)
list(TRANSFORM bench_ports REPLACE "(.+)" "sim/bench/bench_\\1.sv" OUTPUT_VARIABLE bench_sources)
set(number 0)
foreach(port IN LISTS bench_ports)
  qdpi_verilate(bench_${port} TOP tb_bench_port FAST ON_DEMAND
    SOURCES ${ports} ${bench_sources} sim/bench/tb_bench_port.sv
    PARAMETERS Port=${number})
  add_qdpi_bench(ports DEPENDS model-bench_${port}
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/run_sim.sh --ram-file 16M:pc --
      ${CMAKE_CURRENT_BINARY_DIR}/bench_${port}.model/bench_${port})
  add_qdpi_instruction_count(UNITS 2000 DEPENDS model-bench_${port}
    COMMAND ${CMAKE_CURRENT_BINARY_DIR}/bench_${port}.model/bench_${port} +rounds=1 +clocks=2000)
  math(EXPR number "${number} + 1")
endforeach()

# ---- The channel ----

qdpi_verilate(bench_channel TOP tb_bench_channel FAST ON_DEMAND LINK $<TARGET_OBJECTS:bench_floor>
  SOURCES ${package} sim/bench/bench_floor_pkg.sv sim/bench/tb_bench_channel.sv)
add_dependencies(model-bench_channel bench_floor)
add_qdpi_bench(channel DEPENDS model-bench_channel
  COMMAND $<TARGET_FILE:qdpi-launch> --ram=64M -- ${CMAKE_CURRENT_BINARY_DIR}/bench_channel.model/bench_channel)

# ---- The DMA engine ----

set(station ${ports} ${dma} sim/tb/tb_dma_pkg.sv sim/tb/tb_dma_saboteur.sv sim/tb/tb_dma_and_port.sv
  sim/bench/bench_dma_station.sv)
foreach(width IN ITEMS 64 512)
  qdpi_verilate(bench_dma_${width} TOP tb_bench_dma FAST ON_DEMAND
    SOURCES ${station} sim/bench/tb_bench_dma.sv PARAMETERS DataWidth=${width})
endforeach()
qdpi_verilate(bench_dma_guest TOP tb_bench_dma_guest FAST ON_DEMAND
  SOURCES ${node} sim/bench/tb_bench_dma_guest.sv PARAMETERS DataWidth=128)

set(run_sim ${PROJECT_SOURCE_DIR}/scripts/run_sim.sh --timeout 120)
set(models ${CMAKE_CURRENT_BINARY_DIR})
set(dma_linux ${PROJECT_SOURCE_DIR}/qemu/linux/launch.sh $<TARGET_FILE:qdpi-launch>
  ${PROJECT_BINARY_DIR}/qemu/linux bench --expect-guest-status=0)
set(dma_guest_model ${models}/bench_dma_guest.model/bench_dma_guest)
# The Linux guest with its driver's way to coalesce interrupts, and with a time-out.
add_qdpi_bench(dma ROUNDS 5
  DEPENDS model-bench_dma_64 model-bench_dma_512 model-bench_dma_guest qdpi-launch guests linux-guest
  COMMAND ${run_sim} --ram-file 64M:flat -- ${models}/bench_dma_64.model/bench_dma_64
  COMMAND ${run_sim} --ram-file 64M:flat -- ${models}/bench_dma_512.model/bench_dma_512
  COMMAND ${run_sim} -- $<TARGET_FILE:qdpi-launch> --machine=pc --ram=256M
    --kernel=${guests}/guest_dma.elf --append=bench=3 --expect-guest-status=${passed} --
    ${dma_guest_model}
  COMMAND ${run_sim} -- ${dma_linux} --append=qdpi.rounds=2 -- ${dma_guest_model} +irq=6
    +guest=linux
  COMMAND ${run_sim} -- ${dma_linux} "--append=qdpi.rounds=2 qdpi.driver=coalesce_clocks=2000" --
    ${dma_guest_model} +irq=6 +guest=linux-time-out)

# ---- Scale: ports, threads, guests ----

# Two threads that have no processor each wait for each other most of the time: they have less to do.
# It takes minutes to compile the larger models, so two threads are tried with two sizes only. The
# most ports first: they are what is compared with the others.
set(scale_models)
set(scale_commands)
foreach(count IN ITEMS 16 8 4 2 1)
  set(thread_counts 1)
  if(count EQUAL 2 OR count EQUAL 8)
    set(thread_counts 1 2)
  endif()
  foreach(threads IN LISTS thread_counts)
    set(model bench_scale_${count}_${threads})
    qdpi_verilate(${model} TOP tb_bench_scale FAST ON_DEMAND THREADS ${threads}
      SOURCES ${station} sim/bench/bench_scale_port.sv sim/bench/tb_bench_scale.sv
      PARAMETERS Ports=${count})
    math(EXPR kib "256 / (${threads} * ${threads} * ${threads})")
    list(APPEND scale_models model-${model})
    list(APPEND scale_commands COMMAND ${run_sim} --ram-file 128M:flat --
      ${models}/${model}.model/${model} +kib=${kib} +name=threads-${threads})
  endforeach()
endforeach()
foreach(count IN ITEMS 1 2 3 4)
  list(APPEND scale_commands COMMAND ${PROJECT_SOURCE_DIR}/sim/bench/pairs.sh ${count}
    $<TARGET_FILE:qdpi-launch> ${guests}/guest_dma.elf ${dma_guest_model})
endforeach()
add_qdpi_bench(scale ROUNDS 3 DEPENDS ${scale_models} ${scale_commands})

# A clock of engine, port and checker.
add_qdpi_instruction_count(UNITS 2048 DEPENDS model-bench_scale_1_1
  COMMAND ${models}/bench_scale_1_1.model/bench_scale_1_1 +kib=16)
