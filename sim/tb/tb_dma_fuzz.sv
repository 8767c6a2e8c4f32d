// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The DMA engine on guest memory, for a harness that plays a hostile guest: tests/fuzz/fuzz_dma_ring.cpp.
///
/// The harness has the registers as plain AXI4-Lite, and changes port and windows while the bus is
/// at rest. Here stands what must hold in every clock; the harness knows what must hold over many.
/// The bridge is the one that the environment names.
module tb_dma_fuzz (
  /// Clock.
  input  logic        clk_i,
  /// Reset, active low.
  /* verilator lint_off SYNCASYNCNET */
  // The assertions look at it on clock edges.
  input  logic        rst_ni,
  /* verilator lint_on SYNCASYNCNET */
  /// The port takes over what the next four say, and forgets its windows.
  input  logic        configure_i,
  /// It delays reads and pauses in them at random.
  input  logic        slow_reads_i,
  /// The same for writes.
  input  logic        slow_writes_i,
  /// It answers some bursts with errors.
  input  logic        faulty_i,
  /// The engine may use nothing but windows.
  input  logic        restricted_i,
  /// A window is opened.
  input  logic        allow_i,
  /// Its first byte.
  input  logic [63:0] allow_first_i,
  /// Its last byte.
  input  logic [63:0] allow_last_i,
  /// It may be read.
  input  logic        allow_reads_i,
  /// It may be written.
  input  logic        allow_writes_i,
  /// AXI4-Lite AWADDR.
  input  logic [11:0] s_axil_awaddr_i,
  /// AXI4-Lite AWVALID.
  input  logic        s_axil_awvalid_i,
  /// AXI4-Lite AWREADY.
  output logic        s_axil_awready_o,
  /// AXI4-Lite WDATA.
  input  logic [63:0] s_axil_wdata_i,
  /// AXI4-Lite WSTRB.
  input  logic [7:0]  s_axil_wstrb_i,
  /// AXI4-Lite WVALID.
  input  logic        s_axil_wvalid_i,
  /// AXI4-Lite WREADY.
  output logic        s_axil_wready_o,
  /// AXI4-Lite BRESP.
  output logic [1:0]  s_axil_bresp_o,
  /// AXI4-Lite BVALID.
  output logic        s_axil_bvalid_o,
  /// AXI4-Lite BREADY.
  input  logic        s_axil_bready_i,
  /// AXI4-Lite ARADDR.
  input  logic [11:0] s_axil_araddr_i,
  /// AXI4-Lite ARVALID.
  input  logic        s_axil_arvalid_i,
  /// AXI4-Lite ARREADY.
  output logic        s_axil_arready_o,
  /// AXI4-Lite RDATA.
  output logic [63:0] s_axil_rdata_o,
  /// AXI4-Lite RRESP.
  output logic [1:0]  s_axil_rresp_o,
  /// AXI4-Lite RVALID.
  output logic        s_axil_rvalid_o,
  /// AXI4-Lite RREADY.
  input  logic        s_axil_rready_i,
  /// The engine's interrupt.
  output logic        interrupt_o,
  /// The engine has halted.
  output logic        halted_o,
  /// Descriptors are in progress or about to be.
  output logic        working_o,
  /// A soft reset lasts.
  output logic        resetting_o,
  /// Something is handed over on the memory bus in this clock.
  output logic        handshake_o,
  /// The bridge is lost.
  output logic        bridge_lost_o
);

  import qdpi_port_pkg::*;

  logic busy;

  tb_dma_and_port #(
    .Restricted(1'b1)
  ) u_bus (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr_i,
    .s_axil_awvalid_i,
    .s_axil_awready_o,
    .s_axil_wdata_i,
    .s_axil_wstrb_i,
    .s_axil_wvalid_i,
    .s_axil_wready_o,
    .s_axil_bresp_o,
    .s_axil_bvalid_o,
    .s_axil_bready_i,
    .s_axil_araddr_i,
    .s_axil_arvalid_i,
    .s_axil_arready_o,
    .s_axil_rdata_o,
    .s_axil_rresp_o,
    .s_axil_rvalid_o,
    .s_axil_rready_i,
    .write_purpose_i(tb_dma_pkg::PurposeData),
    .interrupt_o,
    .halted_o,
    .busy_o(busy),
    .bridge_lost_o
  );

  assign working_o = u_bus.u_dma.ring_busy;
  assign resetting_o = u_bus.u_dma.resetting;
  assign handshake_o = (u_bus.axi_awvalid && u_bus.axi_awready)
      || (u_bus.axi_wvalid && u_bus.axi_wready) || (u_bus.axi_bvalid && u_bus.axi_bready)
      || (u_bus.axi_arvalid && u_bus.axi_arready) || (u_bus.axi_rvalid && u_bus.axi_rready);

  initial begin
    u_bus.u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
    // They are the very thing that is tried here.
    u_bus.u_port.expect_window_errors(1'b1);
  end

  function automatic behaviour_t wanted(input bit slow_reads, input bit slow_writes,
                                        input bit faulty);
    behaviour_t behaviour = Ideal;
    if (slow_reads) begin
      behaviour.read_latency_max = 12;
      behaviour.read_address_ready = 60;
      behaviour.read_data_valid = 60;
    end
    if (slow_writes) begin
      behaviour.write_latency_max = 12;
      behaviour.write_address_ready = 60;
      behaviour.write_data_ready = 60;
      behaviour.write_response_valid = 60;
    end
    if (faulty) begin
      behaviour.slave_error_ppm = 60_000;
      behaviour.decode_error_ppm = 60_000;
    end
    return behaviour;
  endfunction

  always @(posedge clk_i) begin
    if (configure_i) begin
      u_bus.u_port.configure(wanted(slow_reads_i, slow_writes_i, faulty_i));
      if (restricted_i) u_bus.u_port.allow_none();
      else u_bus.u_port.allow_all();
    end
    if (allow_i) u_bus.u_port.allow(allow_first_i, allow_last_i, allow_reads_i, allow_writes_i);
  end

  // ---- what must always hold ----
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      !busy |-> !u_bus.axi_awvalid && !u_bus.axi_wvalid && !u_bus.axi_arvalid)
    else $error("bus activity of an idle engine");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      $fell(interrupt_o) |-> $past(u_bus.u_dma.ack || u_bus.u_dma.reset_done))
    else $error("interrupt fell without an acknowledgement");
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      $fell(halted_o) |-> $past(u_bus.u_dma.reset_done))
    else $error("the engine went on after it had halted");
  assert property (@(posedge clk_i) disable iff (!rst_ni) !bridge_lost_o)
    else $error("the bridge is lost");

endmodule
