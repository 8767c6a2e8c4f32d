// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The DMA engine as a guest has it: registers, memory port and interrupt line; with the witness
/// that counts what the guest must be told, and the saboteur. tb_dma_node connects it to the guest.
module tb_dma_device #(
  /// Bits of the engine's data bus.
  parameter int unsigned DataWidth = 64,
  /// Name in messages and logs, and of the port in plusargs (+NAME.KNOB=VALUE).
  parameter string       Name = "dma",
  /// 1: +break. breaks the engine on purpose (tb_dma_saboteur).
  parameter bit          Sabotage = 1'b0
) (
  /// Clock.
  input  logic        clk_i,
  /// Reset, active low: what counts since the reset starts at 0.
  input  logic        rst_ni,
  /// A register is to be written.
  input  logic        register_valid_i,
  /// The write is taken.
  output logic        register_ready_o,
  /// Its index.
  input  logic [31:0] register_index_i,
  /// The value.
  input  logic [63:0] register_value_i,
  /// Interrupts do not reach the guest, nor do they count.
  input  logic        withhold_interrupts_i,
  /// The engine works.
  output logic        dma_busy_o,
  /// It does, or a register is being written.
  output logic        busy_o
);

  import qemu_dpi_pkg::*;
  import tb_dma_pkg::*;

  localparam int unsigned AddrWidth = 64;
  localparam int unsigned IdWidth = 4;
  localparam int unsigned UserWidth = 1;

  // Written by several processes, read by functions that the node calls: plain variables.
  /* verilator lint_off BLKSEQ */
  bit              in_reset;
  longint unsigned halts;
  longint unsigned interrupts_before;  // the last reset
  traffic_t        traffic_before;
  bit              half_set_up;        // the driver may have told another simulation the rest

  /// Become a device of the guest of `bridge`, with interrupt line `line`. `restricted`: the engine
  /// may use nothing before allow().
  function automatic void attach(input chandle bridge, input int unsigned line,
                                 input bit restricted);
    u_port.attach(bridge);
    u_interrupt.attach_as(bridge, Name, line);
    // What comes before the event of a loss, which is the node's to judge, is to be heard first.
    u_interrupt.expect_loss(1'b1);
    half_set_up = $test$plusargs("joins") != 0;
    if (!restricted) return;
    u_port.allow_none();
    // Those that nobody expects fail the guest: it gets an error that it did not provoke.
    u_port.expect_window_errors(1'b1);
  endfunction

  /// As qdpi_axi4_port.
  function automatic void allow(input longint unsigned first, input longint unsigned last,
                                input bit reads, input bit writes);
    u_port.allow(first, last, reads, writes);
  endfunction

  /// As qdpi_axi4_port.
  function automatic void allow_none();
    u_port.allow_none();
  endfunction

  /// Completions written since the reset.
  function automatic longint unsigned completions();
    return u_witness.completions();
  endfunction

  /// What the device has done since its reset.
  function automatic seen_t seen();
    seen_t now = u_witness.since_reset();
    now.interrupts = u_interrupt.raised() - interrupts_before;
    return now;
  endfunction

  /// What went over the port since the start, which itself counts since the last reset.
  function automatic traffic_t traffic();
    traffic_t sum = traffic_before;
    sum.read_bytes += u_port.read_bytes();
    sum.write_bytes += u_port.write_bytes();
    sum.read_beats += u_port.read_beats();
    sum.write_beats += u_port.write_beats();
    sum.read_errors += u_port.read_errors();
    sum.write_errors += u_port.write_errors();
    sum.window_errors += u_port.window_errors();
    return sum;
  endfunction

  /// Whether the device is in reset, and nothing has gone over the port since that began.
  function automatic bit is_at_rest();
    return in_reset && u_port.read_beats() + u_port.write_beats() == 0;
  endfunction

  /// Bursts refused by the windows since the start.
  function automatic longint unsigned window_errors();
    return traffic_before.window_errors + u_port.window_errors();
  endfunction

  /// A reset follows: keep what it would clear.
  function automatic void before_reset();
    traffic_before = traffic();
  endfunction

  /// What was broken on purpose was all that was asked for.
  function automatic bit all_broken();
    return u_saboteur.conclude();
  endfunction

  /// The rows of the table that are the device's, over the whole run.
  function automatic void print_rows();
    traffic_t sum = traffic();
    $display("%s: descriptors completed     %12d", Name, u_witness.all_completions());
    $display("%s: bytes read by RTL         %12d", Name, sum.read_bytes);
    $display("%s: bytes written by RTL      %12d", Name, sum.write_bytes);
    $display("%s: beats read, written       %12d %12d", Name, sum.read_beats, sum.write_beats);
    $display("%s: error bursts read, written %11d %12d", Name, sum.read_errors, sum.write_errors);
    $display("%s: of them data, fetches       %12d %12d", Name,
             u_witness.failed_bursts(PurposeData), u_witness.failed_bursts(PurposeFetch));
    $display("%s: completions, identification %9d %12d", Name,
             u_witness.failed_bursts(PurposeEntry) + u_witness.failed_bursts(PurposeHead),
             u_witness.failed_bursts(PurposeIdentification));
    $display("%s: of them by the windows    %12d", Name, sum.window_errors);
  endfunction

  /// Interrupts since the start.
  function automatic longint unsigned all_interrupts();
    return u_interrupt.raised();
  endfunction

  // ---- Registers -------------------------------------------------------------------------------

  logic [11:0] axil_awaddr, axil_araddr;
  logic [2:0] axil_awprot, axil_arprot;
  logic axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
  logic axil_arvalid, axil_arready, axil_rvalid, axil_rready;
  logic [63:0] axil_wdata, axil_rdata;
  logic [7:0] axil_wstrb;
  logic [1:0] axil_bresp, axil_rresp;

  logic        dma_busy, dma_halted, dma_interrupt;
  logic        manager_error;
  logic [31:0] manager_errors;

  qdpi_axil_manager #(
    .AddrWidth(12)
  ) u_manager (
    .clk_i,
    .rst_ni,
    .request_valid_i(register_valid_i),
    .request_ready_o(register_ready_o),
    .request_index_i(register_index_i),
    .request_value_i(register_value_i),
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
  assign busy_o = dma_busy || !register_ready_o;
  assign dma_busy_o = dma_busy;

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
    .rst_ni,
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

  purpose_e             write_purpose;
  logic [AddrWidth-1:0] port_awaddr;
  logic [DataWidth-1:0] port_wdata;
  logic                 line_interrupt;

  tb_dma_saboteur #(
    .Enable   (Sabotage),
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .Name     (Name)
  ) u_saboteur (
    .clk_i,
    .rst_ni,
    .write_purpose_i(write_purpose),
    .axi_awaddr_i   (axi_awaddr),
    .axi_awvalid_i  (axi_awvalid),
    .axi_awready_i  (axi_awready),
    .axi_wdata_i    (axi_wdata),
    .axi_wstrb_i    (axi_wstrb),
    .axi_wlast_i    (axi_wlast),
    .axi_wvalid_i   (axi_wvalid),
    .axi_wready_i   (axi_wready),
    .axi_bresp_i    (axi_bresp),
    .axi_bvalid_i   (axi_bvalid),
    .axi_bready_i   (axi_bready),
    .interrupt_i    (dma_interrupt),
    .axi_awaddr_o   (port_awaddr),
    .axi_wdata_o    (port_wdata),
    .interrupt_o    (line_interrupt)
  );

  logic dma_halted_q;
  // The node hears of it.
  logic unused_bridge_lost;

  qdpi_axi4_port #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth),
    .IdWidth  (IdWidth),
    .UserWidth(UserWidth),
    .Name     (Name)
  ) u_port (
    .clk_i,
    .rst_ni,
    .bridge_lost_o(unused_bridge_lost),
    .axi_awid_i(axi_awid),
    .axi_awaddr_i(port_awaddr),
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
    .axi_wdata_i(port_wdata),
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
    .rst_ni,
    .interrupt_i(line_interrupt && !withhold_interrupts_i)
  );

  // ---- What the guest must have been told ------------------------------------------------------

  tb_dma_witness #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth)
  ) u_witness (
    .clk_i,
    .rst_ni,
    .register_valid_i(register_valid_i && register_ready_o),
    .register_index_i,
    .register_value_i,
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
    .axi_rready_i    (axi_rready),
    .write_purpose_o (write_purpose)
  );

  // ---- What must not happen --------------------------------------------------------------------

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      dma_halted_q <= 1'b0;
      halts = 0;
      interrupts_before = u_interrupt.raised();
      in_reset = 1'b1;
    end else begin
      in_reset = 1'b0;
      dma_halted_q <= dma_halted;
      if (dma_halted && !dma_halted_q) begin
        halts = halts + 1;
        // That is what it has to do when it cannot write a completion, and only then.
        if (half_set_up) halts = 0;
        if (halts > u_witness.failed_completions()) begin
          $error("%s: the DMA engine has halted without a reason", Name);
        end
      end
      if (register_valid_i && register_ready_o
          && register_index_i == 32'(qdpi_dma_pkg::QDPI_DMA_REG_CONTROL)
          && (register_value_i & 64'(qdpi_dma_pkg::QDPI_DMA_CONTROL_SOFT_RESET)) != 0) begin
        half_set_up = 1'b0;
      end
      if (manager_error) $error("%s: doorbell error %0d", Name, manager_errors);
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
