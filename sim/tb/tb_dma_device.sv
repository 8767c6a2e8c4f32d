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
    u_bus.u_port.attach(bridge);
    u_interrupt.attach_as(bridge, Name, line);
    // What comes before the event of a loss, which is the node's to judge, is to be heard first.
    u_interrupt.expect_loss(1'b1);
    half_set_up = $test$plusargs("joins") != 0;
    if (!restricted) return;
    u_bus.u_port.allow_none();
    // Those that nobody expects fail the guest: it gets an error that it did not provoke.
    u_bus.u_port.expect_window_errors(1'b1);
  endfunction

  /// As qdpi_axi4_port.
  function automatic void allow(input longint unsigned first, input longint unsigned last,
                                input bit reads, input bit writes);
    u_bus.u_port.allow(first, last, reads, writes);
  endfunction

  /// As qdpi_axi4_port.
  function automatic void allow_none();
    u_bus.u_port.allow_none();
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
    sum.read_bytes += u_bus.u_port.read_bytes();
    sum.write_bytes += u_bus.u_port.write_bytes();
    sum.read_beats += u_bus.u_port.read_beats();
    sum.write_beats += u_bus.u_port.write_beats();
    sum.read_errors += u_bus.u_port.read_errors();
    sum.write_errors += u_bus.u_port.write_errors();
    sum.window_errors += u_bus.u_port.window_errors();
    return sum;
  endfunction

  /// Whether the device is in reset, and nothing has gone over the port since that began.
  function automatic bit is_at_rest();
    return in_reset && u_bus.u_port.read_beats() + u_bus.u_port.write_beats() == 0;
  endfunction

  /// Bursts refused by the windows since the start.
  function automatic longint unsigned window_errors();
    return traffic_before.window_errors + u_bus.u_port.window_errors();
  endfunction

  /// A reset follows: keep what it would clear.
  function automatic void before_reset();
    traffic_before = traffic();
  endfunction

  /// What was broken on purpose was all that was asked for.
  function automatic bit all_broken();
    // verilator no_inline_task
    return u_bus.u_saboteur.conclude();
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

  logic [11:0] axil_awaddr;
  logic [2:0] axil_awprot;
  logic axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
  logic axil_arready, axil_rvalid;
  logic [63:0] axil_wdata, axil_rdata;
  logic [7:0] axil_wstrb;
  logic [1:0] axil_bresp, axil_rresp;

  logic        dma_busy, dma_halted;
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
  logic unused_axil;
  assign unused_axil = ^{axil_awprot, axil_arready, axil_rvalid, axil_rdata, axil_rresp};
  assign busy_o = dma_busy || !register_ready_o;
  assign dma_busy_o = dma_busy;

  // ---- The device and its bus ------------------------------------------------------------------

  purpose_e write_purpose;
  logic     line_interrupt;
  logic     dma_halted_q;
  // The node hears of it.
  logic     unused_bridge_lost;

  tb_dma_and_port #(
    .DataWidth(DataWidth),
    .Name     (Name),
    .Sabotage (Sabotage)
  ) u_bus (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr_i(axil_awaddr),
    .s_axil_awvalid_i(axil_awvalid),
    .s_axil_awready_o(axil_awready),
    .s_axil_wdata_i(axil_wdata),
    .s_axil_wstrb_i(axil_wstrb),
    .s_axil_wvalid_i(axil_wvalid),
    .s_axil_wready_o(axil_wready),
    .s_axil_bresp_o(axil_bresp),
    .s_axil_bvalid_o(axil_bvalid),
    .s_axil_bready_i(axil_bready),
    .s_axil_araddr_i(12'd0),
    .s_axil_arvalid_i(1'b0),
    .s_axil_arready_o(axil_arready),
    .s_axil_rdata_o(axil_rdata),
    .s_axil_rresp_o(axil_rresp),
    .s_axil_rvalid_o(axil_rvalid),
    .s_axil_rready_i(1'b1),
    .write_purpose_i(write_purpose),
    .interrupt_o(line_interrupt),
    .halted_o(dma_halted),
    .busy_o(dma_busy),
    .bridge_lost_o(unused_bridge_lost)
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
    .axi_awaddr_i    (u_bus.axi_awaddr),
    .axi_awvalid_i   (u_bus.axi_awvalid),
    .axi_awready_i   (u_bus.axi_awready),
    .axi_bresp_i     (u_bus.axi_bresp),
    .axi_bvalid_i    (u_bus.axi_bvalid),
    .axi_bready_i    (u_bus.axi_bready),
    .axi_araddr_i    (u_bus.axi_araddr),
    .axi_arvalid_i   (u_bus.axi_arvalid),
    .axi_arready_i   (u_bus.axi_arready),
    .axi_rresp_i     (u_bus.axi_rresp),
    .axi_rlast_i     (u_bus.axi_rlast),
    .axi_rvalid_i    (u_bus.axi_rvalid),
    .axi_rready_i    (u_bus.axi_rready),
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
