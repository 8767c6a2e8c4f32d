// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// One guest with a DMA engine on its bus: bridge, doorbells, registers, memory port, interrupt line;
/// and the testbench's judgement of what the guest reports. tb_dma has one, tb_two_guests two.
module tb_dma_node #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64,
  /// Wall-clock milliseconds that an idle node may sleep; 0 where other nodes must not be held up.
  parameter int unsigned IdleWaitMs = 10
) (
  /// Clock.
  input  logic clk_i,
  /// Reset, active low.
  input  logic rst_ni,
  /// The guest has reported its result, or is gone.
  output logic done_o
);

  import qemu_dpi_pkg::*;

  // Not all of them are used here.
  /* verilator lint_off UNUSEDPARAM */
  localparam int unsigned
`include "qdpi_test_layout.inc"
  ;
  /* verilator lint_on UNUSEDPARAM */

  localparam int unsigned AddrWidth = 64;
  localparam int unsigned IdWidth = 4;
  localparam int unsigned UserWidth = 1;
  localparam int unsigned DeviceResetClocks = 16;

  chandle          bridge = null;
  string           name = "guest";
  int unsigned     irq_line = 5;
  longint unsigned started_us = 0;
  longint unsigned cycles;
  longint unsigned doorbells;
  longint unsigned interrupts;
  longint unsigned guest_descriptors = 0;
  longint unsigned guest_interrupts = 0;
  bit              totals_seen = 1'b0;
  bit              passed = 1'b0;

  /// Attach to `endpoint` ("": +qemu= or $QEMU_DPI) and take interrupt line `line`.
  function automatic void attach(input string node_name, input string endpoint,
                                 input int unsigned line);
    name = node_name;
    irq_line = line;
    bridge = dpi_open_or_fatal(endpoint);
    dpi_require_or_fatal(bridge, QDPI_FEATURE_INTERRUPT | QDPI_FEATURE_DOORBELL);
    u_port.attach(bridge);
    u_events.attach(bridge);
    started_us = dpi_clock_us();
    $display("%s: attached, interrupt line %0d", name, line);
  endfunction

  final dpi_close(bridge);

  // Counters are read by conclude() and written by several processes: plain variables.
  /* verilator lint_off BLKSEQ */

  // ---- Guest -> device: events, doorbells, registers -------------------------------------------

  logic        event_valid, event_ready, is_register;
  int          event_kind;
  logic [31:0] event_index;
  logic [63:0] event_value;
  logic        request_ready, manager_busy;
  logic        dma_busy, dma_halted, dma_interrupt;
  logic        device_rst_n;
  logic [4:0]  device_reset_clocks;

  assign is_register = event_kind == int'(QDPI_EVENT_DOORBELL)
                       && event_index < 32'(QDPI_TEST_DOORBELL_PROGRESS);
  assign event_ready = !is_register || (request_ready && device_rst_n);

  qdpi_event_source #(
    .IdleWaitMs(IdleWaitMs)
  ) u_events (
    .clk_i,
    .rst_ni,
    .idle_i (!dma_busy && !manager_busy),
    .valid_o(event_valid),
    .ready_i(event_ready),
    .kind_o (event_kind),
    .index_o(event_index),
    .value_o(event_value)
  );

  /// What a doorbell above the device's registers says.
  function automatic void hear_test_doorbell(input logic [31:0] index, input logic [63:0] value);
    case (index)
      QDPI_TEST_DOORBELL_PROGRESS: $display("%s: %0d bytes verified by the guest", name, value);
      QDPI_TEST_DOORBELL_TOTALS: begin
        guest_descriptors = {32'd0, value[31:0]};
        guest_interrupts = {32'd0, value[63:32]};
        totals_seen = 1'b1;
      end
      QDPI_TEST_DOORBELL_DONE: begin
        passed = value == 0;
        if (value != 0) $error("%s: the guest reports failure %0d", name, value);
        done_o <= 1'b1;
      end
      default: $error("%s: doorbell %0d (value 0x%0h) belongs to nobody", name, index, value);
    endcase
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_o <= 1'b0;
      device_reset_clocks <= '0;
    end else begin
      if (device_reset_clocks != 0) device_reset_clocks <= device_reset_clocks - 1'b1;
      if (event_valid && event_ready) begin
        if (event_kind == int'(QDPI_EVENT_DOORBELL)) begin
          doorbells = doorbells + 1;
          if (!is_register) hear_test_doorbell(event_index, event_value);
        end else begin
          $display("%s: event %0d (qdpi_events.inc)", name, event_kind);
          // The device is reset with the machine, as a card in it would be.
          if (event_kind == int'(QDPI_EVENT_RESET)) device_reset_clocks <= DeviceResetClocks[4:0];
          if (!done_o && (event_kind == int'(QDPI_EVENT_LOST)
                          || event_kind == int'(QDPI_EVENT_SHUTDOWN))) begin
            $error("%s: the guest ended before it reported a result: %s", name,
                   dpi_last_error(bridge));
            done_o <= 1'b1;
          end
        end
      end
    end
  end

  assign device_rst_n = rst_ni && device_reset_clocks == 0;

  logic [11:0] axil_awaddr, axil_araddr;
  logic [2:0] axil_awprot, axil_arprot;
  logic axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
  logic axil_arvalid, axil_arready, axil_rvalid, axil_rready;
  logic [63:0] axil_wdata, axil_rdata;
  logic [7:0] axil_wstrb;
  logic [1:0] axil_bresp, axil_rresp;

  logic        manager_error;
  logic [31:0] manager_errors;

  qdpi_axil_manager #(
    .AddrWidth(12)
  ) u_manager (
    .clk_i,
    .rst_ni         (device_rst_n),
    .request_valid_i(event_valid && is_register && device_rst_n),
    .request_ready_o(request_ready),
    .request_index_i(event_index),
    .request_value_i(event_value),
    .error_o        (manager_error),
    .error_count_o  (manager_errors),
    .axil_awaddr_o  (axil_awaddr),
    .axil_awprot_o  (axil_awprot),
    .axil_awvalid_o (axil_awvalid),
    .axil_awready_i (axil_awready),
    .axil_wdata_o   (axil_wdata),
    .axil_wstrb_o   (axil_wstrb),
    .axil_wvalid_o  (axil_wvalid),
    .axil_wready_i  (axil_wready),
    .axil_bresp_i   (axil_bresp),
    .axil_bvalid_i  (axil_bvalid),
    .axil_bready_o  (axil_bready)
  );

  // The guest has no way to read registers; the read side rests.
  assign axil_araddr = '0;
  assign axil_arprot = '0;
  assign axil_arvalid = 1'b0;
  assign axil_rready = 1'b1;
  logic unused_axil_read;
  assign unused_axil_read = ^{axil_arready, axil_rvalid, axil_rdata, axil_rresp};
  assign manager_busy = !request_ready;

  // ---- The device and its bus ------------------------------------------------------------------

  logic [IdWidth-1:0] axi_awid, axi_bid, axi_arid, axi_rid;
  logic [AddrWidth-1:0] axi_awaddr, axi_araddr;
  logic [7:0] axi_awlen, axi_arlen;
  logic [2:0] axi_awsize, axi_awprot, axi_arsize, axi_arprot;
  logic [1:0] axi_awburst, axi_bresp, axi_arburst, axi_rresp;
  logic axi_awlock, axi_awvalid, axi_awready, axi_wlast, axi_wvalid, axi_wready, axi_bvalid;
  logic axi_bready, axi_arlock, axi_arvalid, axi_arready, axi_rlast, axi_rvalid, axi_rready;
  logic [3:0] axi_awcache, axi_awqos, axi_awregion, axi_arcache, axi_arqos, axi_arregion;
  logic [UserWidth-1:0] axi_awuser, axi_wuser, axi_buser, axi_aruser, axi_ruser;
  logic [DataWidth-1:0] axi_wdata, axi_rdata;
  logic [DataWidth/8-1:0] axi_wstrb;

  qdpi_dma #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth),
    .UserWidth(UserWidth)
  ) u_dma (
    .clk_i,
    .rst_ni(device_rst_n),
    .s_axil_awaddr_i(axil_awaddr),
    .s_axil_awprot_i(axil_awprot),
    .s_axil_awvalid_i(axil_awvalid),
    .s_axil_awready_o(axil_awready),
    .s_axil_wdata_i(axil_wdata),
    .s_axil_wstrb_i(axil_wstrb),
    .s_axil_wvalid_i(axil_wvalid),
    .s_axil_wready_o(axil_wready),
    .s_axil_bresp_o(axil_bresp),
    .s_axil_bvalid_o(axil_bvalid),
    .s_axil_bready_i(axil_bready),
    .s_axil_araddr_i(axil_araddr),
    .s_axil_arprot_i(axil_arprot),
    .s_axil_arvalid_i(axil_arvalid),
    .s_axil_arready_o(axil_arready),
    .s_axil_rdata_o(axil_rdata),
    .s_axil_rresp_o(axil_rresp),
    .s_axil_rvalid_o(axil_rvalid),
    .s_axil_rready_i(axil_rready),
    .m_axi_awid_o(axi_awid),
    .m_axi_awaddr_o(axi_awaddr),
    .m_axi_awlen_o(axi_awlen),
    .m_axi_awsize_o(axi_awsize),
    .m_axi_awburst_o(axi_awburst),
    .m_axi_awlock_o(axi_awlock),
    .m_axi_awcache_o(axi_awcache),
    .m_axi_awprot_o(axi_awprot),
    .m_axi_awqos_o(axi_awqos),
    .m_axi_awregion_o(axi_awregion),
    .m_axi_awuser_o(axi_awuser),
    .m_axi_awvalid_o(axi_awvalid),
    .m_axi_awready_i(axi_awready),
    .m_axi_wdata_o(axi_wdata),
    .m_axi_wstrb_o(axi_wstrb),
    .m_axi_wlast_o(axi_wlast),
    .m_axi_wuser_o(axi_wuser),
    .m_axi_wvalid_o(axi_wvalid),
    .m_axi_wready_i(axi_wready),
    .m_axi_bid_i(axi_bid),
    .m_axi_bresp_i(axi_bresp),
    .m_axi_buser_i(axi_buser),
    .m_axi_bvalid_i(axi_bvalid),
    .m_axi_bready_o(axi_bready),
    .m_axi_arid_o(axi_arid),
    .m_axi_araddr_o(axi_araddr),
    .m_axi_arlen_o(axi_arlen),
    .m_axi_arsize_o(axi_arsize),
    .m_axi_arburst_o(axi_arburst),
    .m_axi_arlock_o(axi_arlock),
    .m_axi_arcache_o(axi_arcache),
    .m_axi_arprot_o(axi_arprot),
    .m_axi_arqos_o(axi_arqos),
    .m_axi_arregion_o(axi_arregion),
    .m_axi_aruser_o(axi_aruser),
    .m_axi_arvalid_o(axi_arvalid),
    .m_axi_arready_i(axi_arready),
    .m_axi_rid_i(axi_rid),
    .m_axi_rdata_i(axi_rdata),
    .m_axi_rresp_i(axi_rresp),
    .m_axi_rlast_i(axi_rlast),
    .m_axi_ruser_i(axi_ruser),
    .m_axi_rvalid_i(axi_rvalid),
    .m_axi_rready_o(axi_rready),
    .interrupt_o(dma_interrupt),
    .halted_o(dma_halted),
    .busy_o(dma_busy)
  );

  logic bridge_lost, bridge_lost_q;

  qdpi_axi4_port #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth),
    .UserWidth(UserWidth)
  ) u_port (
    .clk_i,
    .rst_ni(device_rst_n),
    .bridge_lost_o(bridge_lost),
    .axi_awid_i(axi_awid),
    .axi_awaddr_i(axi_awaddr),
    .axi_awlen_i(axi_awlen),
    .axi_awsize_i(axi_awsize),
    .axi_awburst_i(axi_awburst),
    .axi_awlock_i(axi_awlock),
    .axi_awcache_i(axi_awcache),
    .axi_awprot_i(axi_awprot),
    .axi_awqos_i(axi_awqos),
    .axi_awregion_i(axi_awregion),
    .axi_awuser_i(axi_awuser),
    .axi_awvalid_i(axi_awvalid),
    .axi_awready_o(axi_awready),
    .axi_wdata_i(axi_wdata),
    .axi_wstrb_i(axi_wstrb),
    .axi_wlast_i(axi_wlast),
    .axi_wuser_i(axi_wuser),
    .axi_wvalid_i(axi_wvalid),
    .axi_wready_o(axi_wready),
    .axi_bid_o(axi_bid),
    .axi_bresp_o(axi_bresp),
    .axi_buser_o(axi_buser),
    .axi_bvalid_o(axi_bvalid),
    .axi_bready_i(axi_bready),
    .axi_arid_i(axi_arid),
    .axi_araddr_i(axi_araddr),
    .axi_arlen_i(axi_arlen),
    .axi_arsize_i(axi_arsize),
    .axi_arburst_i(axi_arburst),
    .axi_arlock_i(axi_arlock),
    .axi_arcache_i(axi_arcache),
    .axi_arprot_i(axi_arprot),
    .axi_arqos_i(axi_arqos),
    .axi_arregion_i(axi_arregion),
    .axi_aruser_i(axi_aruser),
    .axi_arvalid_i(axi_arvalid),
    .axi_arready_o(axi_arready),
    .axi_rid_o(axi_rid),
    .axi_rdata_o(axi_rdata),
    .axi_rresp_o(axi_rresp),
    .axi_rlast_o(axi_rlast),
    .axi_ruser_o(axi_ruser),
    .axi_rvalid_o(axi_rvalid),
    .axi_rready_i(axi_rready)
  );

  // ---- Device -> guest: interrupts -------------------------------------------------------------

  logic dma_interrupt_q;

  always @(posedge clk_i or negedge device_rst_n) begin
    if (!device_rst_n) begin
      dma_interrupt_q <= 1'b0;
    end else begin
      dma_interrupt_q <= dma_interrupt;
      if (dma_interrupt && !dma_interrupt_q) begin
        interrupts = interrupts + 1;
        if (dpi_irq_pulse(bridge, irq_line) < 0) begin
          $error("%s: interrupt: %s", name, dpi_last_error(bridge));
        end
      end
    end
  end

  // ---- What must not happen --------------------------------------------------------------------

  always @(posedge clk_i or negedge device_rst_n) begin
    if (!device_rst_n) begin
      bridge_lost_q <= 1'b0;
    end else begin
      bridge_lost_q <= bridge_lost;
      if (dma_halted) $error("%s: the DMA engine has halted", name);
      if (manager_error) $error("%s: doorbell error %0d", name, manager_errors);
      if (bridge_lost && !bridge_lost_q) $error("%s: the bridge is lost", name);
    end
  end

  always @(posedge clk_i) cycles = cycles + 1;

  /* verilator lint_on BLKSEQ */

  // ---- The result ------------------------------------------------------------------------------

  /// Compare both sides' counts, print the table, and say whether all is well.
  function automatic bit conclude();
    longint unsigned wall_us;
    wall_us = dpi_clock_us() - started_us;
    if (!totals_seen) begin
      $error("%s: the guest did not report its totals", name);
    end else if (guest_interrupts != interrupts) begin
      $error("%s: the guest took %0d interrupts, the engine raised %0d", name, guest_interrupts,
             interrupts);
    end
    $display("%s: ------------------------------------------------", name);
    $display("%s: descriptors completed     %12d", name, guest_descriptors);
    $display("%s: bytes read by RTL         %12d", name, u_port.read_bytes());
    $display("%s: bytes written by RTL      %12d", name, u_port.write_bytes());
    $display("%s: beats read, written       %12d %12d", name, u_port.read_beats(),
             u_port.write_beats());
    $display("%s: doorbells                 %12d", name, doorbells);
    $display("%s: interrupts raised, taken  %12d %12d", name, interrupts, guest_interrupts);
    $display("%s: simulated cycles          %12d", name, cycles);
    $display("%s: wall time                 %12.3f s", name, real'(wall_us) / 1.0e6);
    $display("%s: cycles per second         %12.0f", name,
             real'(cycles) * 1.0e6 / real'(wall_us + 1));
    $display("%s: ------------------------------------------------", name);
    return passed && totals_seen && guest_interrupts == interrupts;
  endfunction

endmodule
