# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# Linux with a real driver on the DMA engine, and an LED device beside it.

qdpi_verilate(linux TOP tb_linux FAST PARAMETERS DataWidth=128
  SOURCES ${node} rtl/qdpi_led.sv sim/tb/tb_led_person.sv sim/tb/tb_linux.sv)

# add_linux_sim(NAME test PLUSARGS arg... GUEST option...): the simulator serves until the guest is off.
function(add_linux_sim name test)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "GUEST;PLUSARGS")
  add_qdpi_sim(${name} MODEL linux TIMEOUT 180
    LINUX ${test} ${arg_GUEST} PLUSARGS +until_off ${arg_PLUSARGS})
endfunction()

# What the driver's users do, at full size.
add_linux_sim(linux work GUEST --machine=pc --ram=1G PLUSARGS +led=1)

# Buffers above 4 GiB and interrupts by time-out, and a kernel that bounces every buffer and poisons
# what it frees: less work, the ways through the driver are what is looked for.
set(slub "slub_debug=FZPU init_on_free=1")
add_linux_sim(linux-q35-5G work PLUSARGS +led=1
  GUEST --machine=q35 --ram=5G "--append=qdpi.jobs=2000 qdpi.above=1 qdpi.driver=coalesce_clocks=2000")
add_linux_sim(linux-swiotlb work PLUSARGS +led=1
  GUEST "--append=qdpi.jobs=2000 swiotlb=force ${slub}")

# The guest is reset in the midst of its work.
add_linux_sim(linux-reset work PLUSARGS +led=1 +resets=1 +reset_after=400
  GUEST --append=qdpi.jobs=1000)

add_linux_sim(linux-reload reload GUEST "--append=${slub}")
if(QDPI_BUILD_TESTS)
  # It mostly waits: begun first, it does so beside the others.
  set_tests_properties(sim.linux-reload PROPERTIES PROCESSORS 1 COST 100 RESOURCE_LOCK waiting)
endif()

# A device that is broken in three ways.
add_linux_sim(linux-broken broken
  PLUSARGS +windows +break.interrupt=50 +break.completion=400 +break.address=800)

# A bus so slow that jobs outlast the driver's patience; a reset waits for two bursts, for which the
# register manager of the testbench has the patience.
add_linux_sim(linux-corners corners
  PLUSARGS +dma.max_writes=1 +dma.write_latency_min=4000 +dma.write_latency_max=4000)
if(QDPI_BUILD_TESTS)
  # Half of its time is waiting.
  set_tests_properties(sim.linux-corners PROPERTIES PROCESSORS 1 COST 50)
endif()

set(linux_guest ${PROJECT_BINARY_DIR}/qemu/linux)
set(linux_model ${CMAKE_CURRENT_BINARY_DIR}/linux.model/linux)
add_custom_target(ready-linux-soak DEPENDS model-linux qdpi-launch linux-guest)
add_custom_target(ready-linux-shell DEPENDS ready-linux-soak)
add_custom_target(ready-linux-gdb DEPENDS model-linux-waves qdpi-launch linux-guest linux-kernel-symbols)
add_custom_target(sim-linux-soak
  COMMAND ${PROJECT_SOURCE_DIR}/qemu/linux/soak.sh $<TARGET_FILE:qdpi-launch> ${linux_guest}
    ${linux_model} ${CMAKE_CURRENT_BINARY_DIR}/linux-soak
  DEPENDS ready-linux-soak USES_TERMINAL VERBATIM)
add_custom_target(sim-linux-shell
  COMMAND ${PROJECT_SOURCE_DIR}/qemu/linux/launch.sh $<TARGET_FILE:qdpi-launch> ${linux_guest} shell
    --ram=1G --interactive --keep-log=${CMAKE_CURRENT_BINARY_DIR}/linux-shell.logs -- ${linux_model}
  DEPENDS ready-linux-soak USES_TERMINAL VERBATIM)
# For gdb: the guest waits for it, and waves and trace are taken. No time-out: whoever debugs thinks.
set(linux_gdb ${CMAKE_CURRENT_BINARY_DIR}/linux-gdb)
add_custom_target(sim-linux-gdb
  COMMAND ${PROJECT_SOURCE_DIR}/qemu/linux/launch.sh $<TARGET_FILE:qdpi-launch> ${linux_guest} work
    --ram=1G --gdb --paused --gdb-symbols=${linux_guest}/kernel/lib/debug/boot/vmlinux
    --append=nokaslr --expect-guest-status=0 --keep-log=${linux_gdb}.logs --
    ${CMAKE_CURRENT_BINARY_DIR}/linux-waves.model/linux-waves +until_off +led=1
    +waves=${linux_gdb}.fst +qdpi.csv=${linux_gdb}.csv +qdpi.trace=${linux_gdb}.json
  COMMAND ${CMAKE_COMMAND} -E echo "waves: gtkwave ${linux_gdb}.fst, transactions: ${linux_gdb}.csv"
  DEPENDS ready-linux-gdb USES_TERMINAL VERBATIM)
