// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// One guest with a DMA engine on its bus: bridge, doorbells, registers, memory port, interrupt line;
/// and the testbench's judgement of what the guest reports. tb_dma has one, tb_two_guests two.
///
/// The port's knobs work: what they inject must be found in the guest's completions, neither more
/// nor less, which tb_dma_witness and the guest's counts say. +windows: the engine may use nothing
/// but what the guest's driver opens by doorbell, and leaves that only when the guest makes it.
module tb_dma_node #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64,
  /// Wall-clock milliseconds that an idle node may sleep; 0 where other nodes must not be held up.
  parameter int unsigned IdleWaitMs = 10,
  /// Name of the node in messages and logs, and of its port in plusargs (+NAME.KNOB=VALUE).
  parameter string       Name = "dma"
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

  chandle          bridge;
  bit              restricted;
  longint unsigned started_us;
  longint unsigned cycles;
  longint unsigned doorbells;
  longint unsigned guest_descriptors;
  longint unsigned guest_interrupts;
  longint unsigned guest_statuses [tb_dma_pkg::Statuses];
  longint unsigned guest_retries;
  longint unsigned guest_restarts;
  bit              totals_seen;
  bit              passed;

  /// Attach to `endpoint` ("": +qemu= or $QEMU_DPI) and take interrupt line `line`.
  function automatic void attach(input string endpoint, input int unsigned line);
    bridge = dpi_open_or_fatal(endpoint);
    dpi_require_or_fatal(bridge, QDPI_FEATURE_INTERRUPT | QDPI_FEATURE_DOORBELL);
    u_port.attach(bridge);
    u_events.attach(bridge);
    u_interrupt.attach_as(bridge, Name, line);
    restricted = $test$plusargs("windows") != 0;
    if (restricted) begin
      u_port.allow_none();
      // Those that nobody expects fail the guest: it gets an error that it did not provoke.
      u_port.expect_window_errors(1'b1);
    end
    started_us = dpi_clock_us();
    $display("%s: attached, interrupt line %0d", Name, line);
  endfunction

  final dpi_close(bridge);

  // Counters are read by conclude() and written by several processes: plain variables.
  /* verilator lint_off BLKSEQ */

  // ---- Guest -> device: events, doorbells, registers -------------------------------------------

  logic        event_valid, event_ready, is_register, register_taken;
  int          event_kind;
  logic [31:0] event_index;
  logic [63:0] event_value;
  logic        request_ready, manager_busy;
  logic        dma_busy, dma_halted, dma_interrupt;
  // The engine takes it asynchronously, checkers look at it on the clock.
  // verilator lint_off SYNCASYNCNET
  logic        device_rst_n;
  // verilator lint_on SYNCASYNCNET
  logic [4:0]  device_reset_clocks;

  assign is_register = event_kind == int'(QDPI_EVENT_DOORBELL)
                       && event_index < 32'(qdpi_dma_pkg::QDPI_DMA_REG_COUNT);
  assign event_ready = !is_register || (request_ready && device_rst_n);
  assign register_taken = event_valid && event_ready && is_register;

  qdpi_event_source #(
    .IdleWaitMs(IdleWaitMs),
    .Name      (Name)
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

  qdpi_window_registers #(
    .Base(QDPI_TEST_DOORBELL_WINDOWS)
  ) u_windows ();

  /// What a doorbell above the device's registers says.
  function automatic void hear_test_doorbell(input logic [31:0] index, input logic [63:0] value);
    if (u_windows.ring(index, value)) begin
      if (u_windows.closes()) u_port.allow_none();
      if (u_windows.opens()) begin
        u_port.allow(u_windows.first(), u_windows.last(), u_windows.may_read(),
                     u_windows.may_write());
      end
      return;
    end
    case (index)
      QDPI_TEST_DOORBELL_STATUS_COUNT: begin
        if (value[31:0] < tb_dma_pkg::Statuses) guest_statuses[value[3:0]] = {32'd0, value[63:32]};
        else $error("%s: the guest counts completions with status %0d", Name, value[31:0]);
      end
      QDPI_TEST_DOORBELL_RETRIES: begin
        guest_retries = {32'd0, value[31:0]};
        guest_restarts = {32'd0, value[63:32]};
      end
      QDPI_TEST_DOORBELL_PROGRESS: $display("%s: %0d bytes verified by the guest", Name, value);
      QDPI_TEST_DOORBELL_TOTALS: begin
        guest_descriptors = {32'd0, value[31:0]};
        guest_interrupts = {32'd0, value[63:32]};
        totals_seen = 1'b1;
      end
      QDPI_TEST_DOORBELL_DONE: begin
        passed = value == 0;
        if (value != 0) $error("%s: the guest reports failure %0d", Name, value);
        done_o <= 1'b1;
      end
      default: $error("%s: doorbell %0d (value 0x%0h) belongs to nobody", Name, index, value);
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
          $display("%s: event %0d (qdpi_events.inc)", Name, event_kind);
          // The device is reset with the machine, as a card in it would be; the driver that opened
          // the windows is gone.
          if (event_kind == int'(QDPI_EVENT_RESET)) begin
            device_reset_clocks <= DeviceResetClocks[4:0];
            if (restricted) u_port.allow_none();
          end
          if (!done_o && (event_kind == int'(QDPI_EVENT_LOST)
                          || event_kind == int'(QDPI_EVENT_SHUTDOWN))) begin
            $error("%s: the guest ended before it reported a result: %s", Name,
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

  logic            bridge_lost, bridge_lost_q, dma_halted_q;
  longint unsigned halts;

  qdpi_axi4_port #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth),
    .UserWidth(UserWidth),
    .Name     (Name)
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
    .axi_awatop_i(6'd0),
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

  qdpi_interrupt_line #(
    .Name(Name)
  ) u_interrupt (
    .clk_i,
    .rst_ni     (device_rst_n),
    .interrupt_i(dma_interrupt)
  );

  // ---- What the guest must have been told ------------------------------------------------------

  tb_dma_witness #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth)
  ) u_witness (
    .clk_i,
    .rst_ni          (device_rst_n),
    .register_valid_i(register_taken),
    .register_index_i(event_index),
    .register_value_i(event_value),
    .axi_awaddr_i    (axi_awaddr),
    .axi_awvalid_i   (axi_awvalid),
    .axi_awready_i   (axi_awready),
    .axi_bresp_i     (axi_bresp),
    .axi_bvalid_i    (axi_bvalid),
    .axi_bready_i    (axi_bready),
    .axi_araddr_i    (axi_araddr),
    .axi_arvalid_i   (axi_arvalid),
    .axi_arready_i   (axi_arready),
    .axi_rresp_i     (axi_rresp),
    .axi_rlast_i     (axi_rlast),
    .axi_rvalid_i    (axi_rvalid),
    .axi_rready_i    (axi_rready)
  );

  // ---- What must not happen --------------------------------------------------------------------

  always @(posedge clk_i or negedge device_rst_n) begin
    if (!device_rst_n) begin
      bridge_lost_q <= 1'b0;
      dma_halted_q  <= 1'b0;
    end else begin
      bridge_lost_q <= bridge_lost;
      dma_halted_q <= dma_halted;
      if (dma_halted && !dma_halted_q) begin
        halts = halts + 1;
        // That is what it has to do when it cannot write a completion, and only then.
        if (halts > u_witness.failed_completions()) begin
          $error("%s: the DMA engine has halted without a reason", Name);
        end
      end
      if (manager_error) $error("%s: doorbell error %0d", Name, manager_errors);
      if (bridge_lost && !bridge_lost_q) $error("%s: the bridge is lost", Name);
    end
  end

  always @(posedge clk_i) cycles = cycles + 1;

  /* verilator lint_on BLKSEQ */

  // ---- The result ------------------------------------------------------------------------------

  /// Both sides' counts of the same thing.
  function automatic bit agree(input string what, input longint unsigned guest,
                               input longint unsigned rtl);
    // verilator no_inline_task
    if (guest != rtl) begin
      $error("%s: %s: the guest counted %0d, the testbench %0d", Name, what, guest, rtl);
      return 1'b0;
    end
    return 1'b1;
  endfunction

  /// Whether the guest was told of every failure on the bus, as what it was, and of no other.
  function automatic bit failures_agree();
    bit all = 1'b1;
    for (int unsigned status = qdpi_dma_pkg::QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR;
         status <= qdpi_dma_pkg::QDPI_DMA_COMPLETION_WRITE_DECERR; status++) begin
      if (!agree($sformatf("completions with status %0d", status), guest_statuses[status],
                 u_witness.completions(status[3:0]))) begin
        all = 1'b0;
      end
    end
    if (!agree("halts after a completion that could not be written", guest_restarts,
               u_witness.failed_completions())) begin
      all = 1'b0;
    end
    return all;
  endfunction

  /// Whether as much went wrong as +retries_at_least=, +restarts_at_least= and, with windows, the
  /// guest's attempts to leave them want: a run without faults proves nothing about them.
  function automatic bit enough_failed();
    longint unsigned wanted;
    bit              enough = 1'b1;
    if ($value$plusargs("retries_at_least=%d", wanted) != 0 && guest_retries < wanted) begin
      $error("%s: %0d descriptors were tried again, %0d wanted", Name, guest_retries, wanted);
      enough = 1'b0;
    end
    if ($value$plusargs("restarts_at_least=%d", wanted) != 0 && guest_restarts < wanted) begin
      $error("%s: the engine was restarted %0d times, %0d wanted", Name, guest_restarts, wanted);
      enough = 1'b0;
    end
    if (restricted && u_port.window_errors() == 0) begin
      $error("%s: nothing was refused by the windows", Name);
      enough = 1'b0;
    end
    return enough;
  endfunction

  function automatic void print_table();
    longint unsigned wall_us = dpi_clock_us() - started_us;
    $display("%s: ------------------------------------------------", Name);
    $display("%s: descriptors completed     %12d", Name, guest_descriptors);
    $display("%s: bytes read by RTL         %12d", Name, u_port.read_bytes());
    $display("%s: bytes written by RTL      %12d", Name, u_port.write_bytes());
    $display("%s: beats read, written       %12d %12d", Name, u_port.read_beats(),
             u_port.write_beats());
    $display("%s: error bursts read, written %11d %12d", Name, u_port.read_errors(),
             u_port.write_errors());
    $display("%s: of them data, fetches       %12d %12d", Name,
             u_witness.failed_bursts(tb_dma_pkg::PurposeData),
             u_witness.failed_bursts(tb_dma_pkg::PurposeFetch));
    $display("%s: completions, identification %9d %12d", Name, u_witness.failed_completions(),
             u_witness.failed_bursts(tb_dma_pkg::PurposeIdentification));
    $display("%s: of them by the windows    %12d", Name, u_port.window_errors());
    $display("%s: failed: fetch, read, write  %10d %12d %12d", Name,
             guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_DESCRIPTOR_ERROR],
             guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_READ_SLVERR]
             + guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_READ_DECERR],
             guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_WRITE_SLVERR]
             + guest_statuses[qdpi_dma_pkg::QDPI_DMA_COMPLETION_WRITE_DECERR]);
    $display("%s: descriptors tried again   %12d", Name, guest_retries);
    $display("%s: engine restarts           %12d", Name, guest_restarts);
    $display("%s: doorbells                 %12d", Name, doorbells);
    $display("%s: interrupts raised, taken  %12d %12d", Name, u_interrupt.raised(),
             guest_interrupts);
    $display("%s: simulated cycles          %12d", Name, cycles);
    $display("%s: wall time                 %12.3f s", Name, real'(wall_us) / 1.0e6);
    $display("%s: cycles per second         %12.0f", Name,
             real'(cycles) * 1.0e6 / real'(wall_us + 1));
    $display("%s: ------------------------------------------------", Name);
  endfunction

  /// Compare both sides' counts, print the table, and say whether all is well.
  function automatic bit conclude();
    bit good = passed && totals_seen;
    print_table();
    if (!totals_seen) begin
      $error("%s: the guest did not report its totals", Name);
      return 1'b0;
    end
    if (!agree("interrupts", guest_interrupts, u_interrupt.raised())) good = 1'b0;
    if (!agree("completions", guest_descriptors, u_witness.all_completions())) good = 1'b0;
    if (!failures_agree()) good = 1'b0;
    if (!enough_failed()) good = 1'b0;
    return good;
  endfunction

endmodule
