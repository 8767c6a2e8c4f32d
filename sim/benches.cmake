# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Benchmarks in SystemVerilog: on demand, run by scripts/bench.sh.

include(QdpiBench)

# ---- Memory calls ----

add_library(bench_floor OBJECT EXCLUDE_FROM_ALL bench/bench_floor.c)
target_include_directories(bench_floor SYSTEM PRIVATE ${QDPI_SVDPI_INCLUDE})
target_compile_options(bench_floor PRIVATE -O2)
target_link_libraries(bench_floor PRIVATE qdpi_warnings)
qdpi_verilate(bench_memory TOP tb_bench_memory FAST ON_DEMAND LINK $<TARGET_OBJECTS:bench_floor>
  SOURCES ${package} sim/bench/bench_floor_pkg.sv sim/bench/bench_memory_pkg.sv
    sim/bench/bench_memory_scalars.sv sim/bench/bench_memory_arrays.sv
    sim/bench/tb_bench_memory.sv)
add_dependencies(model-bench_memory bench_floor)
set(bench_memory ${CMAKE_CURRENT_BINARY_DIR}/bench_memory.model/bench_memory)
add_qdpi_bench(memory DEPENDS model-bench_memory
  COMMAND ${PROJECT_SOURCE_DIR}/scripts/run_sim.sh --ram-file 1G -- ${bench_memory})
add_qdpi_instruction_count(UNITS 1000 DEPENDS model-bench_memory
  COMMAND ${bench_memory} +calls=1000)

# ---- The AXI4 port ----

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

add_library(bench_empty OBJECT EXCLUDE_FROM_ALL bench/bench_empty.c)
target_link_libraries(bench_empty PRIVATE qdpi_warnings)
qdpi_verilate(bench_channel TOP tb_bench_channel FAST ON_DEMAND LINK $<TARGET_OBJECTS:bench_empty>
  SOURCES ${package} sim/bench/bench_empty_pkg.sv sim/bench/tb_bench_channel.sv)
add_dependencies(model-bench_channel bench_empty)
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
