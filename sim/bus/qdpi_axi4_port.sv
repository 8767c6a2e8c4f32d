// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// AXI4 subordinate in front of guest RAM: what a device's AXI4 manager port connects to.
/// Simulation only.
///
///   qdpi_axi4_port #(.DataWidth(512)) u_port (
///     .clk_i, .rst_ni, .bridge_lost_o(bridge_lost), .axi_awid_i(awid), ... .axi_rready_i(rready));
///   initial u_port.attach(qemu_dpi_pkg::dpi_open_or_fatal(""));
///   ...
///   u_port.report();                                       // before $finish: what went over it
///
/// The bridge comes through attach() since no port of a module can be a chandle. Until attach() is
/// called every burst is answered SLVERR, with $error.
///
/// * INCR, FIXED and WRAP bursts of every legal length, size and alignment, with strobes. One beat
///   per clock in each direction at the same time, also from burst to burst.
/// * Responses (A3.4.4): OKAY; EXOKAY to exclusive accesses that were; DECERR where the guest has no
///   RAM and outside the port's windows; SLVERR for a write to ROM and while the bridge is lost. A
///   refused burst changes nothing, and every beat of a refused read carries the response and zeros.
/// * A write is in guest memory before its BVALID; a read accepted after that sees it (A6). Writes
///   take effect in the order of their addresses. Responses of one ID come in order; those of others
///   too, unless the knob `reorder` is on. Between reads and writes AXI has no order.
/// * A single aligned beat of 1, 2, 4 or 8 bytes is single-copy atomic for the guest (A7.1).
/// * AxLOCK (A7.2): exclusive accesses with a monitor that sees this port's writes, and the guest's
///   by the value in memory: qdpi_exclusive_monitor says what that can and cannot guarantee.
/// * AWATOP, with Atomics: AXI5 atomic transactions on 1 to 8 bytes, atomic against the guest.
/// * A burst whose address, strobes or WLAST break a rule of A3, A7.2.4 or of atomic transactions is
///   reported with $error, by the checker, which is part of the port; answered SLVERR; and changes
///   nothing. What else the checker knows, it only reports: handshakes, AxCACHE, rules between
///   transactions.
/// * AxCACHE, AxPROT, AxQOS, AxREGION and AxUSER have no effect; BUSER and RUSER are 0.
/// * Windows, delays, injected faults, logs and statistics: docs/ports.md.
/// * One bridge call per burst, none on idle clocks.
module qdpi_axi4_port #(
  /// Bits of AWADDR and ARADDR, at most 64.
  parameter int unsigned AddrWidth        = 64,
  /// Bits of WDATA and RDATA: 8, 16, 32, 64, 128, 256, 512 or 1024.
  parameter int unsigned DataWidth        = 64,
  /// Bits of the IDs, at least 1.
  parameter int unsigned IdWidth          = 4,
  /// Bits of the user signals, at least 1.
  parameter int unsigned UserWidth        = 1,
  /// Reads accepted on AR whose last beat has not been taken.
  parameter int unsigned MaxReads         = 16,
  /// Writes accepted on AW and not yet answered on B.
  parameter int unsigned MaxWrites        = 16,
  /// Beats accepted on W ahead of their address. 256 takes the longest burst whole.
  parameter int unsigned WriteBufferBeats = 256,
  /// The port's name in messages, logs and plusargs; "": its place in the hierarchy.
  parameter string       Name             = "",
  /// 1: the device may use nothing before allow() is called.
  parameter bit          Restricted       = 1'b0,
  /// Delays and injected faults; plusargs change them.
  parameter qdpi_port_pkg::behaviour_t Behaviour = qdpi_port_pkg::Ideal,
  /// 1: AXI5 atomic transactions on axi_awatop_i.
  parameter bit          Atomics          = 1'b0,
  /// 1: the bus is watched by a qdpi_axi4_checker.
  parameter bit          EnableChecker    = 1'b1,
  /// Clocks after which the checker calls a transaction hanging. 0: never.
  parameter int unsigned HangClocks       = 10_000,
  /// 1: transactions are counted, and logged when a plusarg asks for it. Refusals are told anyway.
  parameter bit          EnableMonitor    = 1'b1
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: asynchronous, active low. Drops what is in progress; what was answered stays written.
  input  logic                   rst_ni,
  /// High from the first access that found the bridge lost until one gets through again: the
  /// testbench decides whether to end, or to wait for QEMU and call dpi_reattach.
  output logic                   bridge_lost_o,

  /// Write address: transaction ID.
  input  logic [IdWidth-1:0]     axi_awid_i,
  /// Write address: guest-physical address of the first byte.
  input  logic [AddrWidth-1:0]   axi_awaddr_i,
  /// Write address: beats - 1.
  input  logic [7:0]             axi_awlen_i,
  /// Write address: log2 of the bytes in a beat.
  input  logic [2:0]             axi_awsize_i,
  /// Write address: FIXED, INCR or WRAP.
  input  logic [1:0]             axi_awburst_i,
  /// Write address: exclusive access.
  input  logic                   axi_awlock_i,
  /// Write address: memory type. No effect.
  input  logic [3:0]             axi_awcache_i,
  /// Write address: protection. No effect.
  input  logic [2:0]             axi_awprot_i,
  /// Write address: quality of service. No effect.
  input  logic [3:0]             axi_awqos_i,
  /// Write address: region. No effect.
  input  logic [3:0]             axi_awregion_i,
  /// Write address: user signal. No effect.
  input  logic [UserWidth-1:0]   axi_awuser_i,
  /// Write address: AXI5 atomic operation; tie to 0 for AXI4.
  input  logic [5:0]             axi_awatop_i,
  /// Write address: valid.
  input  logic                   axi_awvalid_i,
  /// Write address: ready.
  output logic                   axi_awready_o,

  /// Write data.
  input  logic [DataWidth-1:0]   axi_wdata_i,
  /// Write data: one strobe per byte lane.
  input  logic [DataWidth/8-1:0] axi_wstrb_i,
  /// Write data: last beat of the burst.
  input  logic                   axi_wlast_i,
  /// Write data: user signal. No effect.
  input  logic [UserWidth-1:0]   axi_wuser_i,
  /// Write data: valid.
  input  logic                   axi_wvalid_i,
  /// Write data: ready.
  output logic                   axi_wready_o,

  /// Write response: AWID of the burst.
  output logic [IdWidth-1:0]     axi_bid_o,
  /// Write response: OKAY, EXOKAY, SLVERR or DECERR.
  output logic [1:0]             axi_bresp_o,
  /// Write response: user signal, 0.
  output logic [UserWidth-1:0]   axi_buser_o,
  /// Write response: valid.
  output logic                   axi_bvalid_o,
  /// Write response: ready.
  input  logic                   axi_bready_i,

  /// Read address: transaction ID.
  input  logic [IdWidth-1:0]     axi_arid_i,
  /// Read address: guest-physical address of the first byte.
  input  logic [AddrWidth-1:0]   axi_araddr_i,
  /// Read address: beats - 1.
  input  logic [7:0]             axi_arlen_i,
  /// Read address: log2 of the bytes in a beat.
  input  logic [2:0]             axi_arsize_i,
  /// Read address: FIXED, INCR or WRAP.
  input  logic [1:0]             axi_arburst_i,
  /// Read address: exclusive access.
  input  logic                   axi_arlock_i,
  /// Read address: memory type. No effect.
  input  logic [3:0]             axi_arcache_i,
  /// Read address: protection. No effect.
  input  logic [2:0]             axi_arprot_i,
  /// Read address: quality of service. No effect.
  input  logic [3:0]             axi_arqos_i,
  /// Read address: region. No effect.
  input  logic [3:0]             axi_arregion_i,
  /// Read address: user signal. No effect.
  input  logic [UserWidth-1:0]   axi_aruser_i,
  /// Read address: valid.
  input  logic                   axi_arvalid_i,
  /// Read address: ready.
  output logic                   axi_arready_o,

  /// Read data: ARID of the burst.
  output logic [IdWidth-1:0]     axi_rid_o,
  /// Read data. Lanes outside the transfer carry the guest's bytes or zeros.
  output logic [DataWidth-1:0]   axi_rdata_o,
  /// Read data: OKAY, EXOKAY, SLVERR or DECERR, the same for all beats of a burst.
  output logic [1:0]             axi_rresp_o,
  /// Read data: last beat of the burst.
  output logic                   axi_rlast_o,
  /// Read data: user signal, 0.
  output logic [UserWidth-1:0]   axi_ruser_o,
  /// Read data: valid.
  output logic                   axi_rvalid_o,
  /// Read data: ready.
  input  logic                   axi_rready_i
);

  if (AddrWidth > 64) begin : g_bad_addr_width
    $error("AddrWidth is %0d, must be at most 64", AddrWidth);
  end
  if (!(DataWidth inside {8, 16, 32, 64, 128, 256, 512, 1024})) begin : g_bad_data_width
    $error("DataWidth is %0d, must be 8, 16, 32, 64, 128, 256, 512 or 1024", DataWidth);
  end

  qdpi_axi4_engine #(
    .Name            (Name),
    .AddrWidth       (AddrWidth),
    .DataWidth       (DataWidth),
    .IdWidth         (IdWidth),
    .MaxReads        (MaxReads),
    .MaxWrites       (MaxWrites),
    .WriteBufferBeats(WriteBufferBeats),
    .Restricted      (Restricted),
    .Behaviour       (Behaviour),
    .Atomics         (Atomics),
    .ReportRules     (!EnableChecker),
    .EnableMonitor   (EnableMonitor)
  ) u_engine (
    .clk_i,
    .rst_ni,
    .bridge_lost_o,
    .axi_awid_i,
    .axi_awaddr_i,
    .axi_awlen_i,
    .axi_awsize_i,
    .axi_awburst_i,
    .axi_awlock_i,
    .axi_awatop_i,
    .axi_awvalid_i,
    .axi_awready_o,
    .axi_wdata_i,
    .axi_wstrb_i,
    .axi_wlast_i,
    .axi_wvalid_i,
    .axi_wready_o,
    .axi_bid_o,
    .axi_bresp_o,
    .axi_bvalid_o,
    .axi_bready_i,
    .axi_arid_i,
    .axi_araddr_i,
    .axi_arlen_i,
    .axi_arsize_i,
    .axi_arburst_i,
    .axi_arlock_i,
    .axi_arvalid_i,
    .axi_arready_o,
    .axi_rid_o,
    .axi_rdata_o,
    .axi_rresp_o,
    .axi_rlast_o,
    .axi_rvalid_o,
    .axi_rready_i
  );

  if (EnableChecker) begin : g_checker
    qdpi_axi4_checker #(
      .AddrWidth    (AddrWidth),
      .DataWidth    (DataWidth),
      .IdWidth      (IdWidth),
      .UserWidth    (UserWidth),
      .MaxReads     (MaxReads + MaxWrites),
      .MaxWrites    (MaxWrites + 1),
      .MaxAheadBeats(WriteBufferBeats),
      .HangClocks   (HangClocks),
      .Atomics      (Atomics)
    ) u_checker (
      .clk_i,
      .rst_ni,
      .axi_awid_i,
      .axi_awaddr_i,
      .axi_awlen_i,
      .axi_awsize_i,
      .axi_awburst_i,
      .axi_awlock_i,
      .axi_awcache_i,
      .axi_awprot_i,
      .axi_awqos_i,
      .axi_awregion_i,
      .axi_awuser_i,
      .axi_awatop_i,
      .axi_awvalid_i,
      .axi_awready_i(axi_awready_o),
      .axi_wdata_i,
      .axi_wstrb_i,
      .axi_wlast_i,
      .axi_wuser_i,
      .axi_wvalid_i,
      .axi_wready_i(axi_wready_o),
      .axi_bid_i(axi_bid_o),
      .axi_bresp_i(axi_bresp_o),
      .axi_buser_i(axi_buser_o),
      .axi_bvalid_i(axi_bvalid_o),
      .axi_bready_i,
      .axi_arid_i,
      .axi_araddr_i,
      .axi_arlen_i,
      .axi_arsize_i,
      .axi_arburst_i,
      .axi_arlock_i,
      .axi_arcache_i,
      .axi_arprot_i,
      .axi_arqos_i,
      .axi_arregion_i,
      .axi_aruser_i,
      .axi_arvalid_i,
      .axi_arready_i(axi_arready_o),
      .axi_rid_i(axi_rid_o),
      .axi_rdata_i(axi_rdata_o),
      .axi_rresp_i(axi_rresp_o),
      .axi_rlast_i(axi_rlast_o),
      .axi_ruser_i(axi_ruser_o),
      .axi_rvalid_i(axi_rvalid_o),
      .axi_rready_i
    );
  end

  assign axi_buser_o = '0;
  assign axi_ruser_o = '0;

`define QDPI_PORT_CORE u_engine.u_core
`include "qdpi_port_calls.svh"
`undef QDPI_PORT_CORE

  /// Since the start: reads in which a bit was flipped by the knobs corrupt_*.
  function automatic longint unsigned injected_flips();
    return u_engine.u_core.injected_flips();
  endfunction

  /// Since reset: read bursts complete, refused ones included.
  function automatic longint unsigned read_bursts();
    return u_engine.u_core.transactions(qdpi_port_pkg::KindRead);
  endfunction

  /// Since reset: their beats.
  function automatic longint unsigned read_beats();
    return u_engine.u_core.beats(qdpi_port_pkg::KindRead);
  endfunction

  /// Since reset: the bytes in them.
  function automatic longint unsigned read_bytes();
    return u_engine.u_core.bytes(qdpi_port_pkg::KindRead);
  endfunction

  /// Since reset: read bursts answered with SLVERR or DECERR.
  function automatic longint unsigned read_errors();
    return u_engine.u_core.errors(qdpi_port_pkg::KindRead);
  endfunction

  /// What, where and why: the last read burst that was answered with an error; "" if none was.
  function automatic string last_read_refusal();
    return u_engine.u_core.last_refusal(qdpi_port_pkg::KindRead);
  endfunction

  /// Since reset: write bursts complete, refused ones included.
  function automatic longint unsigned write_bursts();
    return u_engine.u_core.transactions(qdpi_port_pkg::KindWrite);
  endfunction

  /// Since reset: their beats.
  function automatic longint unsigned write_beats();
    return u_engine.u_core.beats(qdpi_port_pkg::KindWrite);
  endfunction

  /// Since reset: the strobed bytes in them.
  function automatic longint unsigned write_bytes();
    return u_engine.u_core.bytes(qdpi_port_pkg::KindWrite);
  endfunction

  /// Since reset: write bursts answered with SLVERR or DECERR.
  function automatic longint unsigned write_errors();
    return u_engine.u_core.errors(qdpi_port_pkg::KindWrite);
  endfunction

  /// What, where and why: the last write burst that was answered with an error; "" if none was.
  function automatic string last_write_refusal();
    return u_engine.u_core.last_refusal(qdpi_port_pkg::KindWrite);
  endfunction

  /// Since reset: atomic transactions complete, refused ones included.
  function automatic longint unsigned atomic_transactions();
    return u_engine.u_core.transactions(qdpi_port_pkg::KindAtomic);
  endfunction

  /// Since reset: those that were refused.
  function automatic longint unsigned atomic_errors();
    return u_engine.u_core.errors(qdpi_port_pkg::KindAtomic);
  endfunction

  /// What, where and why: the last refused atomic; "" if none was.
  function automatic string last_atomic_refusal();
    return u_engine.u_core.last_refusal(qdpi_port_pkg::KindAtomic);
  endfunction

  // Guest RAM has one kind of memory, one security state and one queue.
  logic unused_attributes;
  assign unused_attributes = ^{axi_awcache_i, axi_awprot_i, axi_awqos_i,
                               axi_awregion_i, axi_awuser_i, axi_wuser_i,
                               axi_arcache_i, axi_arprot_i, axi_arqos_i, axi_arregion_i,
                               axi_aruser_i};

endmodule
