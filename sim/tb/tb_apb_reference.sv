// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// An APB requester with a byte-wise reference memory: carries out what a test asks for, one thing
/// after the other, and compares every answer, and guest memory behind the port's back after every
/// single write. Part of tb_qdpi_apb_port.
module tb_apb_reference #(
  /// Bits of PADDR.
  parameter int unsigned AddrWidth = 40,
  /// Bits of PWDATA and PRDATA.
  parameter int unsigned DataWidth = 32
) (
  /// Clock: rising edge.
  input  logic                   clk_i,
  /// Reset: active low. Ends the transfer in progress.
  input  logic                   rst_ni,
  /// Address.
  output logic [AddrWidth-1:0]   paddr_o,
  /// Protection.
  output logic [2:0]             pprot_o,
  /// Select.
  output logic                   psel_o,
  /// Enable.
  output logic                   penable_o,
  /// Direction.
  output logic                   pwrite_o,
  /// Write data.
  output logic [DataWidth-1:0]   pwdata_o,
  /// Strobes.
  output logic [DataWidth/8-1:0] pstrb_o,
  /// Ready.
  input  logic                   pready_i,
  /// Read data.
  input  logic [DataWidth-1:0]   prdata_i,
  /// Error.
  input  logic                   pslverr_i
);
  import qemu_dpi_pkg::*;
  import tb_apb_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  localparam int unsigned BusBytes = DataWidth / 8;

  // Written by the process below and by what the test calls.
  // verilator lint_off BLKSEQ
  byte unsigned         word [BusBytes];
  longint unsigned      clock;
  // What the port must have counted since reset, by kind.
  longint unsigned      transfers [2];
  longint unsigned      moved_bytes [2];
  longint unsigned      refusals [2];

  typedef struct packed {
    step_e                kind;
    bit                   is_write;
    longint unsigned      gpa;
    logic [DataWidth-1:0] data;
    logic [BusBytes-1:0]  strobes;
    int unsigned          pause;  // idle clocks after it
  } command_t;

  command_t             commands [$];
  command_t             command;
  bit                   is_busy;
  int unsigned          low_wait, high_wait, failed;  // of transfers since they were set
  longint unsigned      last_clock;

  tb_apb_manager #(
    .AddrWidth(AddrWidth),
    .DataWidth(DataWidth)
  ) u_manager (
    .clk_i,
    .rst_ni,
    .paddr_o,
    .pprot_o,
    .psel_o,
    .penable_o,
    .pwrite_o,
    .pwdata_o,
    .pstrb_o,
    .pready_i,
    .prdata_i,
    .pslverr_i
  );

  always @(posedge clk_i) clock++;

  tb_guest_pages #(
    .Window     (Window),
    .WindowPages(WindowPages)
  ) u_pages ();

  // ---- The model -------------------------------------------------------------------------------

  function automatic longint unsigned word_address(input longint unsigned gpa);
    return gpa & ~(64'(BusBytes) - 64'd1);
  endfunction

  function automatic logic [DataWidth-1:0] model_word(input longint unsigned gpa);
    logic [DataWidth-1:0] data;
    for (int unsigned i = 0; i < BusBytes; i++) data[8*i+:8] = u_pages.model[gpa+64'(i)];
    return data;
  endfunction

  /// The word in the guest, behind the port's back.
  function automatic logic [DataWidth-1:0] guest_word(input longint unsigned gpa);
    logic [DataWidth-1:0] data;
    `QDPI_OR_FATAL(u_pages.bridge, dpi_mem_read(u_pages.bridge, gpa, word))
    for (int unsigned i = 0; i < BusBytes; i++) data[8*i+:8] = word[i];
    return data;
  endfunction

  /// Whether the guest has memory, RAM or ROM, at `gpa`.
  function automatic bit is_mapped(input longint unsigned gpa);
    return gpa < u_pages.ram_bytes && !(gpa >= Hole && gpa < Rom);
  endfunction

  /// What the memory map of the guest makes of a transfer. A write of no byte touches nothing.
  function automatic step_e by_map(input bit is_write, input longint unsigned gpa,
                                   input logic [BusBytes-1:0] strobes);
    if (is_write && strobes == '0) return ExpectOkay;
    if (is_write && gpa >= Rom && gpa < RomEnd) return ExpectError;
    return is_mapped(gpa) ? ExpectOkay : ExpectError;
  endfunction

  function automatic void apply_write(input longint unsigned base);
    for (int unsigned i = 0; i < BusBytes; i++) begin
      if (command.strobes[i]) u_pages.model[base+64'(i)] = command.data[8*i+:8];
    end
  endfunction

  function automatic void check_write(input longint unsigned base);
    if (!u_manager.error) apply_write(base);
    if (is_mapped(base)) begin
      logic [DataWidth-1:0] found = guest_word(base);
      if (found != model_word(base)) begin
        wrong($sformatf("write at 0x%0h: when PREADY is high memory has %h, expected %h",
                        command.gpa, found, model_word(base)));
      end
    end
  endfunction

  function automatic void check_read(input longint unsigned base);
    logic [DataWidth-1:0] expected = u_manager.error ? '0 : model_word(base);
    logic [DataWidth-1:0] differs = u_manager.read_data ^ expected;
    if (command.kind == ExpectFlip ? $countones(differs) != 1 || differs[7:0] == 8'h00
                                   : differs != '0) begin
      wrong($sformatf("read at 0x%0h: PRDATA is %h, memory has %h", command.gpa,
                      u_manager.read_data, expected));
    end
  endfunction

  /// Compare what came of the transfer with what must come of it.
  function automatic void check_transfer();
    longint unsigned base = word_address(command.gpa);
    transfers[command.is_write]++;
    moved_bytes[command.is_write] += command.is_write ? 64'($countones(command.strobes))
                                                      : 64'(BusBytes);
    if (u_manager.error) refusals[command.is_write]++;
    if (command.kind != ExpectEither && u_manager.error != (command.kind == ExpectError)) begin
      wrong($sformatf("0x%0h, PWRITE %b: PSLVERR is %b", command.gpa, command.is_write,
                      u_manager.error));
    end
    if (command.is_write) check_write(base);
    else check_read(base);
    if (u_manager.wait_states < low_wait) low_wait = u_manager.wait_states;
    if (u_manager.wait_states > high_wait) high_wait = u_manager.wait_states;
    if (u_manager.error) failed++;
    last_clock = clock;
  endfunction

  // One process carries all out, so that each of its parts is in the model once.
  always begin : work
    is_busy = commands.size() != 0;
    if (is_busy) begin
      command = commands.pop_front();
      case (command.kind)
        LoadPage:  u_pages.fill_page(command.gpa);
        LearnPage: u_pages.learn_page(command.gpa);
        CheckPage: u_pages.check_page(command.gpa);
        default: begin
          u_manager.transfer(command.is_write, AddrWidth'(command.gpa), command.data,
                             command.strobes, 3'(u_manager.random32()));
          if (u_manager.finished) check_transfer();
          u_manager.idle(command.pause);
        end
      endcase
    end else begin
      u_manager.idle(1);
    end
  end

  // ---- What the tests ask for ------------------------------------------------------------------

  function automatic void add(input step_e kind, input longint unsigned gpa);
    command_t next = '0;
    next.kind = kind;
    next.gpa = gpa;
    commands.push_back(next);
  endfunction

  function automatic void add_transfer(input step_e kind, input bit is_write,
                                       input longint unsigned gpa,
                                       input logic [BusBytes-1:0] strobes,
                                       input int unsigned pause);
    command_t next;
    next.kind = kind;
    next.is_write = is_write;
    next.gpa = gpa;
    next.data = DataWidth'(u_manager.random32());
    next.strobes = is_write ? strobes : '0;
    next.pause = pause;
    commands.push_back(next);
  endfunction

  function automatic void add_write(input step_e kind, input longint unsigned gpa);
    add_transfer(kind, 1'b1, gpa, '1, 0);
  endfunction

  function automatic void add_read(input step_e kind, input longint unsigned gpa);
    add_transfer(kind, 1'b0, gpa, '0, 0);
  endfunction

  /// Random transfers in the first `span` bytes of the window.
  function automatic void add_random(input int unsigned transfer_count, input int unsigned span,
                                     input int unsigned pause_percent);
    for (int unsigned i = 0; i < transfer_count; i++) begin
      longint unsigned gpa = Window + 64'(u_manager.random32()) % 64'(span);
      logic [BusBytes-1:0] strobes = BusBytes'(u_manager.random32());
      if (u_manager.chance(40)) strobes = '1;
      add_transfer(ExpectOkay, u_manager.chance(50), gpa, strobes,
                   u_manager.random32() % 100 < pause_percent ? 1 + u_manager.random32() % 4 : 0);
    end
  endfunction

  function automatic void add_window_check();
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      add(CheckPage, Window + i * PageBytes - PageBytes);
    end
  endfunction

  /// Start the counts of what the port must count from its reset.
  function automatic void reset_counts();
    for (int kind = 0; kind < 2; kind++) begin
      transfers[kind] = 0;
      moved_bytes[kind] = 0;
      refusals[kind] = 0;
    end
  endfunction

  /// Start the extremes of the wait states and the count of refusals.
  function automatic void reset_extremes();
    low_wait = '1;
    high_wait = 0;
    failed = 0;
  endfunction

endmodule
