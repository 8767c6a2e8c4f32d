# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
#
# The ports and their checkers without a guest: a RAM file, a manager that draws its traffic at
# random, and a memory of its own to compare with. What runs here with one seed runs in the
# regression with many, at more widths, and with the seeded bugs.

set(delays +qdpi.read_latency_max=40 +qdpi.write_latency_max=30 +qdpi.read_address_ready=60
  +qdpi.write_address_ready=60 +qdpi.write_data_ready=70 +qdpi.read_data_valid=60
  +qdpi.write_response_valid=50 +qdpi.reorder=1 +qdpi.interleave=1)

# A model of a port's testbench: port_model(NAME TOP [ON_DEMAND] BENCH file... [PARAMETERS ...])
function(port_model name top)
  cmake_parse_arguments(PARSE_ARGV 2 arg "ON_DEMAND" "" "BENCH;PARAMETERS")
  # Those of every day run for a second; the regression's run for minutes.
  set(flags QUICK)
  if(arg_ON_DEMAND)
    set(flags ON_DEMAND)
  endif()
  list(PREPEND arg_BENCH tb_errors_pkg.sv)
  list(TRANSFORM arg_BENCH PREPEND sim/tb/)
  qdpi_verilate(${name} TOP ${top} TIMING ${flags} SOURCES ${ports} ${arg_BENCH}
    PARAMETERS ${arg_PARAMETERS})
endfunction()

# ---- AXI4 ----

set(axi4_bench tb_ram_file_pkg.sv tb_pc_map_pkg.sv tb_text_pkg.sv tb_axi4_pkg.sv
  tb_axi4_manager.sv tb_axi4_model.sv tb_axi4_bursts.sv
  tb_axi4_test_traffic.sv tb_axi4_test_knobs.sv tb_axi4_test_exclusive.sv
  tb_axi4_test_refusals.sv tb_axi4_test_reset.sv tb_qdpi_axi4_port.sv)
# The narrowest is the regression's.
set(everyday_widths 64 1024)
foreach(width IN ITEMS 8 16 32 64 128 256 512 1024)
  set(demand ON_DEMAND)
  if(width IN_LIST everyday_widths)
    set(demand)
  endif()
  port_model(axi4_port_${width} tb_qdpi_axi4_port ${demand} BENCH ${axi4_bench}
    PARAMETERS DataWidth=${width})
  if(width IN_LIST everyday_widths)
    add_qdpi_sim(axi4-port-${width} MODEL axi4_port_${width} RAM_FILE 16M:pc)
    add_qdpi_sim(axi4-port-${width}-delays MODEL axi4_port_${width} RAM_FILE 16M:pc
      PLUSARGS +only=random ${delays})
  endif()
  add_qdpi_regression(axi4-port-${width} MODEL axi4_port_${width} RAM_FILE 16M:pc)
  add_qdpi_regression(axi4-port-${width}-delays MODEL axi4_port_${width} RAM_FILE 16M:pc
    PLUSARGS +only=random +transactions=20000 ${delays})
  add_qdpi_regression(axi4-port-${width}-errors MODEL axi4_port_${width} RAM_FILE 16M:pc
    PLUSARGS +only=random +transactions=20000 +expect=errors ${delays}
      +qdpi.slave_error_ppm=50000 +qdpi.decode_error_ppm=30000)
endforeach()
add_qdpi_regression(axi4-bugs MODEL axi4_port_64 RAM_FILE 16M:pc
  BUGS AXI4_IGNORED_STROBES AXI4_WRONG_LANE AXI4_WRAP_AS_INCR AXI4_FIXED_AS_INCR
    AXI4_UNALIGNED_STAYS AXI4_NARROW_IN_LOW_LANES AXI4_LOST_OUTSTANDING AXI4_RID_OF_LAST_ADDRESS
    AXI4_EARLY_RLAST AXI4_RESPONSE_BEFORE_DATA AXI4_BOUNDARY_OFF_BY_ONE AXI4_ERROR_AS_OKAY
    AXI4_DROPS_DATA_AHEAD AXI4_LAST_BEAT_LOST
    EXCLUSIVE_IGNORES_WRITES EXCLUSIVE_KEEPS_RESERVATION)

add_qdpi_regression(axi4-order-bugs MODEL axi4_port_64 RAM_FILE 16M:pc
  PLUSARGS +only=random ${delays} BUGS ORDER_SAME_ID_OVERTAKES)

set(atomics_bench tb_pc_map_pkg.sv tb_axi4_pkg.sv tb_axi4_model.sv tb_axi5_manager.sv
  tb_axi5_scoreboard.sv tb_qdpi_axi4_atomics.sv)
port_model(axi4_atomics_32 tb_qdpi_axi4_atomics BENCH ${atomics_bench} PARAMETERS DataWidth=32)
add_qdpi_sim(axi4-atomics-32 MODEL axi4_atomics_32 RAM_FILE 16M:pc)
add_qdpi_sim(axi4-atomics-32-delays MODEL axi4_atomics_32 RAM_FILE 16M:pc PLUSARGS ${delays})
add_qdpi_regression(axi4-atomics-32 MODEL axi4_atomics_32 RAM_FILE 16M:pc
  PLUSARGS +transactions=20000
  BUGS AXI5_COMPARE_BY_ADDRESS AXI5_NO_DATA_AFTER_ERROR AXI5_STORE_RETURNS_DATA
    AXI5_BIG_ENDIAN_AS_LITTLE AXI5_READ_PLACES_FORGOTTEN AXI5_DATA_IN_LOW_LANES)
foreach(width IN ITEMS 64 128 512)
  port_model(axi4_atomics_${width} tb_qdpi_axi4_atomics ON_DEMAND BENCH ${atomics_bench}
    PARAMETERS DataWidth=${width})
  add_qdpi_regression(axi4-atomics-${width} MODEL axi4_atomics_${width} RAM_FILE 16M:pc
    PLUSARGS +transactions=20000 ${delays})
endforeach()
port_model(axi4_no_atomics tb_qdpi_axi4_atomics BENCH ${atomics_bench}
  PARAMETERS DataWidth=32 PortAtomics=0)
add_qdpi_sim(axi4-no-atomics MODEL axi4_no_atomics MUST_FAIL RAM_FILE 16M:pc
  MUST_PRINT "QDPI AWATOP REFUSED" "this port has no atomic transactions" PLUSARGS +verilator+error+limit+1000)

# Faults that the port injects are seen, and nothing else goes wrong.
add_qdpi_sim(axi4-port-errors MODEL axi4_port_64 RAM_FILE 16M:pc
  PLUSARGS ${delays} +expect=errors +qdpi.slave_error_ppm=50000 +qdpi.decode_error_ppm=30000)
add_qdpi_sim(axi4-port-flips MODEL axi4_port_64 RAM_FILE 16M:pc
  PLUSARGS ${delays} +expect=flips +qdpi.corrupt_ppm=50000)
add_qdpi_sim(axi4-port-withheld MODEL axi4_port_64 MUST_FAIL RAM_FILE 16M:pc
  MUST_PRINT "HangClocks) broken" PLUSARGS +only=random +qdpi.withhold_ppm=2000)

# A manager that breaks a rule of AXI4 is told so, and harms nothing.
set(attach_says "attach() not called?")
foreach(rule IN ITEMS boundary size reserved fixed wrap_length wrap_align lock_length lock_bytes
    lock_align strobe early_last late_last attach)
  add_qdpi_sim(axi4-port-violate-${rule} MODEL axi4_port_64 MUST_FAIL RAM_FILE 16M:pc
    MUST_PRINT "QDPI VIOLATION ANSWERED" ${${rule}_says}
    PLUSARGS +violate=${rule} +verilator+error+limit+1000)
endforeach()

# ---- AXI4-Lite ----

set(axil_bench tb_ram_file_pkg.sv tb_pc_map_pkg.sv tb_guest_pages.sv tb_axil_rw_manager.sv
  tb_qdpi_axil_port.sv)
port_model(axil_port_32 tb_qdpi_axil_port BENCH ${axil_bench} PARAMETERS DataWidth=32)
port_model(axil_port_64 tb_qdpi_axil_port ON_DEMAND BENCH ${axil_bench} PARAMETERS DataWidth=64)
add_qdpi_sim(axil-port-32 MODEL axil_port_32 RAM_FILE 16M:pc)
add_qdpi_regression(axil-port-32 MODEL axil_port_32 RAM_FILE 16M:pc
  BUGS AXI4_IGNORED_STROBES AXI4_WRONG_LANE AXI4_LOST_OUTSTANDING)
add_qdpi_regression(axil-port-64 MODEL axil_port_64 RAM_FILE 16M:pc)
add_qdpi_regression(axil-port-64-delays MODEL axil_port_64 RAM_FILE 16M:pc
  PLUSARGS +no_timing ${delays})

port_model(axil_manager tb_qdpi_axil_manager BENCH tb_qdpi_axil_manager.sv)
add_qdpi_sim(axil-manager MODEL axil_manager)

# ---- APB ----

set(apb_bench tb_ram_file_pkg.sv tb_pc_map_pkg.sv tb_text_pkg.sv tb_apb_pkg.sv
  tb_guest_pages.sv tb_apb_manager.sv tb_apb_reference.sv tb_qdpi_apb_port.sv)
port_model(apb_port_32 tb_qdpi_apb_port BENCH ${apb_bench} PARAMETERS DataWidth=32)
add_qdpi_sim(apb-port-32 MODEL apb_port_32 RAM_FILE 16M:pc)
add_qdpi_regression(apb-port-32 MODEL apb_port_32 RAM_FILE 16M:pc
  BUGS APB_KEEPS_LOW_ADDRESS_BITS APB_IGNORES_STROBES APB_DROPS_TOP_ADDRESS_BIT
    APB_STALE_READ_AFTER_ERROR APB_WRITES_AFTER_READY APB_WRITE_ERROR_LOST)
foreach(width IN ITEMS 8 16)
  port_model(apb_port_${width} tb_qdpi_apb_port ON_DEMAND BENCH ${apb_bench}
    PARAMETERS DataWidth=${width})
  add_qdpi_regression(apb-port-${width} MODEL apb_port_${width} RAM_FILE 16M:pc)
endforeach()

# ---- AHB ----

set(ahb_bench tb_ram_file_pkg.sv tb_pc_map_pkg.sv tb_text_pkg.sv tb_ahb_manager_pkg.sv
  tb_ahb_port_pkg.sv tb_guest_pages.sv tb_ahb_manager.sv tb_ahb_reference.sv tb_ahb_traffic.sv
  tb_ahb_test_timing.sv tb_ahb_test_refusals.sv tb_ahb_test_exclusive.sv tb_ahb_test_reset.sv
  tb_qdpi_ahb_port.sv)
port_model(ahb_port_64 tb_qdpi_ahb_port BENCH ${ahb_bench} PARAMETERS DataWidth=64)
add_qdpi_sim(ahb-port-64 MODEL ahb_port_64 RAM_FILE 16M:pc)
add_qdpi_regression(ahb-port-64 MODEL ahb_port_64 RAM_FILE 16M:pc
  BUGS AHB_DROPS_TOP_ADDRESS_BIT AHB_IGNORES_SELECT AHB_IGNORES_STROBES
    AHB_LOSES_WRITE_BEFORE_READ AHB_NARROW_IN_LOW_LANES AHB_ONE_CLOCK_ERROR AHB_WRITE_ERROR_LOST)
port_model(ahb_lite_32 tb_qdpi_ahb_port BENCH ${ahb_bench}
  PARAMETERS DataWidth=32 WriteStrobes=1'b0)
add_qdpi_sim(ahb-lite-32 MODEL ahb_lite_32 RAM_FILE 16M:pc)
add_qdpi_regression(ahb-lite-32 MODEL ahb_lite_32 RAM_FILE 16M:pc)
foreach(width IN ITEMS 8 128 1024)
  port_model(ahb_port_${width} tb_qdpi_ahb_port ON_DEMAND BENCH ${ahb_bench}
    PARAMETERS DataWidth=${width})
  add_qdpi_regression(ahb-port-${width} MODEL ahb_port_${width} RAM_FILE 16M:pc)
endforeach()

# ---- Wishbone ----

set(wishbone_bench tb_ram_file_pkg.sv tb_pc_map_pkg.sv tb_guest_pages.sv tb_wishbone_manager.sv
  tb_qdpi_wishbone_port.sv)
set(wishbone_bugs WISHBONE_IGNORES_SELECT WISHBONE_WRONG_LANE WISHBONE_ERROR_AS_ACK)
port_model(wishbone_classic_32 tb_qdpi_wishbone_port BENCH ${wishbone_bench}
  PARAMETERS DataWidth=32)
port_model(wishbone_pipelined_64 tb_qdpi_wishbone_port BENCH ${wishbone_bench}
  PARAMETERS DataWidth=64 Pipelined=1'b1 WordAddresses=1'b1)
port_model(wishbone_classic_8 tb_qdpi_wishbone_port ON_DEMAND BENCH ${wishbone_bench}
  PARAMETERS DataWidth=8 WordAddresses=1'b1)
port_model(wishbone_pipelined_16 tb_qdpi_wishbone_port ON_DEMAND BENCH ${wishbone_bench}
  PARAMETERS DataWidth=16 Pipelined=1'b1 MaxRequests=1)
# A pipelined master goes by the STALL of the classic port.
port_model(wishbone_master_32 tb_qdpi_wishbone_port BENCH ${wishbone_bench}
  PARAMETERS DataWidth=32 PipelinedMaster=1'b1)
add_qdpi_sim(wishbone-master_32 MODEL wishbone_master_32 RAM_FILE 16M:pc)
add_qdpi_regression(wishbone-master_32 MODEL wishbone_master_32 RAM_FILE 16M:pc)
foreach(model IN ITEMS classic_32 pipelined_64)
  add_qdpi_sim(wishbone-${model} MODEL wishbone_${model} RAM_FILE 16M:pc)
  add_qdpi_sim(wishbone-${model}-delays MODEL wishbone_${model} RAM_FILE 16M:pc
    PLUSARGS ${delays})
endforeach()
add_qdpi_regression(wishbone-classic_32 MODEL wishbone_classic_32 RAM_FILE 16M:pc
  PLUSARGS +qdpi.read_latency_max=20
  BUGS ${wishbone_bugs} WISHBONE_WRAP_AS_LINEAR WISHBONE_ANSWERS_ALWAYS)
add_qdpi_regression(wishbone-pipelined_64 MODEL wishbone_pipelined_64 RAM_FILE 16M:pc
  PLUSARGS +qdpi.read_latency_max=20
  BUGS ${wishbone_bugs} WISHBONE_LOSES_REQUEST WISHBONE_KEEPS_ABORTED)
foreach(model IN ITEMS classic_8 pipelined_16)
  add_qdpi_regression(wishbone-${model} MODEL wishbone_${model} RAM_FILE 16M:pc)
endforeach()

# ---- Avalon-MM ----

set(avalon_bench tb_ram_file_pkg.sv tb_pc_map_pkg.sv tb_text_pkg.sv tb_guest_pages.sv
  tb_avalon_manager.sv tb_qdpi_avalon_port.sv)
port_model(avalon_64 tb_qdpi_avalon_port BENCH ${avalon_bench} PARAMETERS DataWidth=64)
add_qdpi_sim(avalon-64 MODEL avalon_64 RAM_FILE 16M:pc)
add_qdpi_sim(avalon-64-delays MODEL avalon_64 RAM_FILE 16M:pc PLUSARGS ${delays})
add_qdpi_regression(avalon-64 MODEL avalon_64 RAM_FILE 16M:pc PLUSARGS +qdpi.read_latency_max=20
  BUGS AVALON_IGNORES_BYTEENABLE AVALON_BURST_TOO_SHORT AVALON_ERROR_STICKS
    AVALON_READ_STANDS_STILL AVALON_LOSES_READ AVALON_ERROR_AS_OKAY)
port_model(avalon_8 tb_qdpi_avalon_port ON_DEMAND BENCH ${avalon_bench}
  PARAMETERS DataWidth=8 WordAddresses=1'b1 WriteResponses=1'b0)
port_model(avalon_32 tb_qdpi_avalon_port ON_DEMAND BENCH ${avalon_bench}
  PARAMETERS DataWidth=32 BurstcountWidth=1)
port_model(avalon_1024 tb_qdpi_avalon_port ON_DEMAND BENCH ${avalon_bench}
  PARAMETERS DataWidth=1024)
foreach(width IN ITEMS 8 32)
  add_qdpi_regression(avalon-${width} MODEL avalon_${width} RAM_FILE 16M:pc)
endforeach()
add_qdpi_regression(avalon-1024 MODEL avalon_1024 RAM_FILE 16M:pc BUGS AVALON_RESPONDS_EARLY)

# ---- TileLink ----

set(tilelink_bench tb_ram_file_pkg.sv tb_pc_map_pkg.sv tb_text_pkg.sv tb_tilelink_port_pkg.sv
  tb_guest_pages.sv tb_tilelink_manager.sv tb_tilelink_reference.sv tb_tilelink_operations.sv
  tb_tilelink_test_traffic.sv tb_tilelink_test_knobs.sv tb_tilelink_test_refusals.sv
  tb_tilelink_test_reset.sv tb_qdpi_tilelink_port.sv)
port_model(tilelink_64 tb_qdpi_tilelink_port BENCH ${tilelink_bench} PARAMETERS DataWidth=64)
add_qdpi_sim(tilelink-64 MODEL tilelink_64 RAM_FILE 16M:pc)
add_qdpi_regression(tilelink-64 MODEL tilelink_64 RAM_FILE 16M:pc
  BUGS TILELINK_IGNORES_MASK TILELINK_WRITES_CORRUPT TILELINK_MIN_AS_MINU
    TILELINK_ENDS_BURST_EARLY TILELINK_MIXES_SOURCES TILELINK_DENIES_NOTHING
    TILELINK_DENIED_NOT_CORRUPT TILELINK_LOW_LANES TILELINK_IGNORES_LIMIT)
foreach(width IN ITEMS 8 256 1024)
  port_model(tilelink_${width} tb_qdpi_tilelink_port ON_DEMAND BENCH ${tilelink_bench}
    PARAMETERS DataWidth=${width})
  add_qdpi_regression(tilelink-${width} MODEL tilelink_${width} RAM_FILE 16M:pc)
endforeach()

# ---- AXI-Stream ----

set(axis_bench tb_ram_file_pkg.sv tb_pc_map_pkg.sv tb_axis_pkg.sv
  tb_axis_random.sv tb_axis_source.sv tb_axis_sink.sv tb_axis_commands.sv
  tb_axis_reference.sv tb_axis_choice.sv tb_axis_stream_in.sv tb_axis_stream_out.sv
  tb_axis_plan.sv tb_axis_violation.sv tb_axis_sequence.sv tb_qdpi_axis_ports.sv)
port_model(axis_64 tb_qdpi_axis_ports BENCH ${axis_bench} PARAMETERS DataWidth=64)
add_qdpi_sim(axis-64 MODEL axis_64 RAM_FILE 16M:pc)
add_qdpi_sim(axis-64-delays MODEL axis_64 RAM_FILE 16M:pc PLUSARGS +delayed ${delays})
set(empty_says "a buffer of 0 bytes" "a packet of 0 bytes")
set(wrap_says "a buffer of 17 bytes" "a packet of 17 bytes")
set(window_says "is outside the windows")
set(reserved_says "TkeepTstrb")
foreach(rule IN ITEMS empty wrap attach reserved window)
  add_qdpi_sim(axis-violate-${rule} MODEL axis_64 MUST_FAIL RAM_FILE 16M:pc
    MUST_PRINT "QDPI VIOLATION ANSWERED" ${${rule}_says}
    PLUSARGS +violate=${rule} +verilator+error+limit+1000)
endforeach()
add_qdpi_regression(axis-64 MODEL axis_64 RAM_FILE 16M:pc
  BUGS AXIS_IGNORES_TKEEP AXIS_IGNORES_TSTRB AXIS_IGNORES_ALIGNMENT AXIS_LOSES_REST_OF_BEAT
    AXIS_LOSES_BYTE_AT_PAGE AXIS_KEEPS_OLD_LINE AXIS_KEEPS_ALL_BYTES)
add_qdpi_regression(axis-64-faults MODEL axis_64 RAM_FILE 16M:pc
  PLUSARGS +faults +qdpi.slave_error_ppm=100000 +qdpi.decode_error_ppm=50000)
port_model(axis_8 tb_qdpi_axis_ports ON_DEMAND BENCH ${axis_bench}
  PARAMETERS DataWidth=8 DropRest=1'b1)
port_model(axis_1024 tb_qdpi_axis_ports ON_DEMAND BENCH ${axis_bench} PARAMETERS DataWidth=1024)
foreach(width IN ITEMS 8 1024)
  add_qdpi_regression(axis-${width} MODEL axis_${width} RAM_FILE 16M:pc)
endforeach()

# ---- What all ports share, and the checkers ----

port_model(port_translation tb_qdpi_port_translation
  BENCH tb_pc_map_pkg.sv tb_text_pkg.sv tb_qdpi_port_translation.sv)
add_qdpi_sim(port-translation MODEL port_translation RAM_FILE 16M:pc)
# One CPU, and no room for a second.
add_qdpi_sim(port-translation-no-atomics MODEL port_translation
  LAUNCH --machine=pc --ram=64M --qemu-arg=-smp --qemu-arg=cpus=1,maxcpus=1 --
  PLUSARGS +no_atomics)

qdpi_verilate(port_atomics TOP tb_qdpi_port_atomics QUICK
  SOURCES ${ports} sim/tb/tb_errors_pkg.sv sim/tb/tb_pc_map_pkg.sv sim/tb/tb_qdpi_port_atomics.sv)
add_qdpi_sim(port-atomics MODEL port_atomics RAM_FILE 16M:pc)
add_qdpi_regression(port-atomics MODEL port_atomics RAM_FILE 16M:pc
  BUGS EXCLUSIVE_IGNORES_WRITES EXCLUSIVE_IGNORES_SIZE EXCLUSIVE_KEEPS_RESERVATION)

set(axi4_checker_bench tb_axi4_checker_steps_pkg.sv tb_axi4_checker_traffic_pkg.sv
  tb_axi4_checker_spoil_pkg.sv
  tb_axi4_checker_address_cases_pkg.sv tb_axi4_checker_exclusive_cases_pkg.sv
  tb_axi4_checker_handshake_cases_pkg.sv tb_axi4_checker_patience_cases_pkg.sv
  tb_axi4_checker_read_cases_pkg.sv tb_axi4_checker_recovery_cases_pkg.sv
  tb_axi4_checker_write_cases_pkg.sv)
foreach(bus IN ITEMS axi4 ahb apb avalon axis tilelink wishbone)
  port_model(${bus}_checker tb_qdpi_${bus}_checker
    BENCH tb_text_pkg.sv ${${bus}_checker_bench} tb_qdpi_${bus}_checker.sv)
  add_qdpi_sim(${bus}-checker MODEL ${bus}_checker)
endforeach()

# The same run twice writes the same log, byte for byte, and a trace that a reader of JSON takes.
port_model(port_monitor tb_qdpi_port_monitor BENCH tb_qdpi_port_monitor.sv)
set(logs ${CMAKE_CURRENT_BINARY_DIR})
foreach(run IN ITEMS a b)
  add_qdpi_sim(port-monitor-${run} MODEL port_monitor
    PLUSARGS +qdpi.csv=${logs}/monitor-${run}.csv +qdpi.trace=${logs}/monitor-${run}.json)
  add_qdpi_sim(axi4-port-same-${run} MODEL axi4_port_64 RAM_FILE 16M:pc
    PLUSARGS +only=random ${delays} +qdpi.slave_error_ppm=20000 +expect=errors +qdpi.seed=7
      +qdpi.csv=${logs}/same-${run}.csv +qdpi.trace=${logs}/same-${run}.json)
endforeach()
if(QDPI_BUILD_TESTS)
  set_tests_properties(sim.port-monitor-a sim.port-monitor-b sim.axi4-port-same-a
    sim.axi4-port-same-b PROPERTIES FIXTURES_SETUP port_logs)
  foreach(log IN ITEMS monitor same)
    add_test(NAME sim.${log}-json COMMAND python3 -m json.tool ${logs}/${log}-a.json /dev/null)
    foreach(kind IN ITEMS csv json)
      add_test(NAME sim.${log}-same-${kind} COMMAND ${CMAKE_COMMAND} -E compare_files
        ${logs}/${log}-a.${kind} ${logs}/${log}-b.${kind})
      set_tests_properties(sim.${log}-same-${kind} PROPERTIES FIXTURES_REQUIRED port_logs
        LABELS sim TIMEOUT 60)
    endforeach()
    set_tests_properties(sim.${log}-json PROPERTIES FIXTURES_REQUIRED port_logs LABELS sim
      TIMEOUT 60)
  endforeach()
endif()

port_model(interrupt_line tb_qdpi_interrupt_line BENCH tb_qdpi_interrupt_line.sv)
add_qdpi_sim(interrupt-line MODEL interrupt_line
  LAUNCH --machine=pc --ram=64M --kernel=${guests}/guest_memory.elf --
  PLUSARGS +qdpi.csv=${logs}/interrupt-line.csv)
add_qdpi_sim(interrupt-line-nobody MODEL interrupt_line MUST_FAIL
  MUST_PRINT "interrupt line 5 was not pulsed: attach() was not called"
  PLUSARGS +unheard=nobody +verilator+error+limit+30)
add_qdpi_sim(interrupt-line-file MODEL interrupt_line MUST_FAIL RAM_FILE 16M:pc
  MUST_PRINT "interrupt line 3 was not raised" PLUSARGS +unheard=file +verilator+error+limit+30)
