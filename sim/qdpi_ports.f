// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Everything that connects a device to a guest, in compile order: the bridge's package, what all
// ports share, the protocol checkers, the ports. Simulation only; paths are relative to the
// repository's root.
+incdir+dpi/sv
+incdir+dpi/include
+incdir+sim/core
dpi/sv/qemu_dpi_pkg.sv
sim/core/qdpi_seeded_bugs_pkg.sv
sim/core/qdpi_port_pkg.sv
sim/core/qdpi_port_atomics_pkg.sv
sim/core/qdpi_log_pkg.sv
sim/core/qdpi_histogram.sv
sim/core/qdpi_port_behaviour.sv
sim/core/qdpi_port_windows.sv
sim/core/qdpi_port_translation.sv
sim/core/qdpi_exclusive_monitor.sv
sim/core/qdpi_port_monitor.sv
sim/core/qdpi_port_order.sv
sim/core/qdpi_port_core.sv
sim/checkers/qdpi_rule_log.sv
sim/checkers/qdpi_axi4_checker_pkg.sv
sim/checkers/qdpi_axi4_transactions.sv
sim/checkers/qdpi_axi4_address_checker.sv
sim/checkers/qdpi_axi4_write_checker.sv
sim/checkers/qdpi_axi4_read_checker.sv
sim/checkers/qdpi_axi4_checker.sv
sim/checkers/qdpi_axi4_coverage_pkg.sv
sim/checkers/qdpi_axi4_coverage.sv
sim/checkers/qdpi_ahb_checker_pkg.sv
sim/checkers/qdpi_ahb_checker.sv
sim/checkers/qdpi_apb_checker_pkg.sv
sim/checkers/qdpi_apb_checker.sv
sim/checkers/qdpi_avalon_checker_pkg.sv
sim/checkers/qdpi_avalon_checker.sv
sim/checkers/qdpi_axis_checker_pkg.sv
sim/checkers/qdpi_axis_checker.sv
sim/checkers/qdpi_tilelink_checker_pkg.sv
sim/checkers/qdpi_tilelink_checker.sv
sim/checkers/qdpi_wishbone_checker_pkg.sv
sim/checkers/qdpi_wishbone_checker.sv
sim/bus/qdpi_axi4_pkg.sv
sim/bus/qdpi_axi4_engine.sv
sim/bus/qdpi_axi4_port.sv
sim/bus/qdpi_axil_port.sv
sim/bus/qdpi_axil_manager.sv
sim/bus/qdpi_axis_reader.sv
sim/bus/qdpi_axis_writer.sv
sim/bus/qdpi_ahb_port.sv
sim/bus/qdpi_apb_port.sv
sim/bus/qdpi_avalon_port.sv
sim/bus/qdpi_tilelink_port.sv
sim/bus/qdpi_wishbone_port.sv
sim/bus/qdpi_event_source.sv
sim/bus/qdpi_interrupt_line.sv
sim/bus/qdpi_window_registers.sv
