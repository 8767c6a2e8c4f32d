# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Benchmarks in SystemVerilog: on demand, run by scripts/bench.sh.

include(QdpiBench)

# ---- Memory calls ----

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

# ---- Scale: ports, threads, guests ----
