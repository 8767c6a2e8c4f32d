// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The bursts of tb_qdpi_axi4_port, and what must come of them: each is pushed to the manager with
/// the answers it must get, byte by byte, and put into the model of guest memory.
///
/// Uses u_manager and u_model next to this module.
module tb_axi4_bursts #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i
);
  import tb_axi4_pkg::*;
  import tb_pc_map_pkg::*;

  // Functions that are not inlined, which keeps the model small, use what is below; they are called
  // from the one process of the test and read no signal.
  // verilator lint_off IMPURE
  // verilator lint_off UNUSEDSIGNAL

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned MaxSize = $clog2(BusBytes);

  // Bytes that random writes put into the model when it is known which of them were carried out.
  bit           defer;
  int unsigned  later_index [$];
  byte unsigned later_value [$];
  int unsigned  later_write [$];
  int unsigned  new_index   [$];  // of the write that is being issued
  byte unsigned new_value   [$];

  // ---- Any burst -------------------------------------------------------------------------------

  /// Issue a burst and what must come of it, byte by byte as in A3.4.2. `strobe_percent`: how many
  /// of the legal lanes of a write are strobed. `lock`: 0 none, 1 exclusive and to succeed, 2
  /// exclusive and to fail.
  function automatic void issue_burst(input bit is_write, input logic [3:0] id,
                                      input longint unsigned addr, input int unsigned beats,
                                      input logic [2:0] size, input logic [1:0] burst,
                                      input int unsigned strobe_percent, input int unsigned lock);
    // verilator no_inline_task
    longint unsigned      bytes = 64'd1 << size;
    longint unsigned      total = 64'(beats) * bytes;
    longint unsigned      bottom = addr - addr % total;
    longint unsigned      first = burst == Wrap ? bottom : addr;
    longint unsigned      last = burst == Wrap ? bottom + total - 1 :
                                 burst == Fixed ? addr - addr % bytes + bytes - 1 :
                                 addr - addr % bytes + total - 1;
    logic [1:0]           resp = u_model.mapped(is_write, first, last);
    longint unsigned      from = addr;
    longint unsigned      next;
    int unsigned          index, place, number;
    logic [DataWidth-1:0] data;
    logic [BusBytes-1:0]  lanes;
    bit                   takes_effect = resp == Okay && lock != 2;
    bit                   any_strobe = 1'b0;

    if (resp == Okay) index = u_model.index_of(first);
    if (is_write) u_manager.push_aw(id, AddrWidth'(addr), 8'(beats - 1), size, burst, lock != 0);
    else u_manager.push_ar(id, AddrWidth'(addr), 8'(beats - 1), size, burst, lock != 0);
    new_index.delete();
    new_value.delete();
    for (int unsigned beat = 0; beat < beats; beat++) begin
      for (int unsigned i = 0; i < BusBytes; i++) data[8*i+:8] = 8'(u_manager.random32());
      lanes = '0;
      next = from - from % bytes + bytes;
      for (longint unsigned gpa = from; gpa < next; gpa++) begin
        int unsigned lane = 32'(gpa % 64'(BusBytes));
        place = index + 32'(gpa - first);
        lanes[lane] = !is_write || u_manager.chance(strobe_percent);
        if (!is_write) begin
          data[8*lane+:8] = resp == Okay ? u_model.bytes[place] : 8'h00;
        end else if (lanes[lane] && takes_effect && !defer) begin
          u_model.bytes[place] = data[8*lane+:8];
        end else if (lanes[lane] && takes_effect) begin
          new_index.push_back(place);
          new_value.push_back(data[8*lane+:8]);
        end
      end
      any_strobe |= lanes != '0;
      if (is_write) u_manager.push_w(data, lanes, beat == beats - 1);
      else u_manager.expect_r(id, data, lanes, resp == Okay && lock == 1 ? ExOkay : resp,
                              beat == beats - 1);
      if (burst != Fixed) from = next;
      if (burst == Wrap && from == bottom + total) from = bottom;
    end
    if (is_write) begin
      // Without a strobe nothing is asked of the guest, whatever stands there.
      if (!any_strobe) resp = Okay;
      number = u_manager.expect_b(id, resp == Okay && lock == 1 ? ExOkay : resp);
      while (new_index.size() != 0) begin
        later_index.push_back(new_index.pop_front());
        later_value.push_back(new_value.pop_front());
        later_write.push_back(number);
      end
    end
  endfunction

  /// An ordinary burst.
  function automatic void issue(input bit is_write, input logic [3:0] id,
                                input longint unsigned addr, input int unsigned beats,
                                input logic [2:0] size, input logic [1:0] burst,
                                input int unsigned strobe_percent);
    // verilator no_inline_task
    issue_burst(is_write, id, addr, beats, size, burst, strobe_percent, 0);
  endfunction

  /// An exclusive write that nothing was reserved for asks nothing of the guest: it fails, whatever
  /// stands there.
  function automatic void issue_unreserved(input longint unsigned gpa);
    // verilator no_inline_task
    u_manager.push_aw(4'h7, AddrWidth'(gpa), 8'd0, 3'(MaxSize), Incr, 1'b1);
    u_manager.push_w('1, '1, 1'b1);
    void'(u_manager.expect_b(4'h7, Okay));
  endfunction

  // ---- Random bursts ---------------------------------------------------------------------------

  /// A length, with the short ones, the powers of 2 and the longest as frequent as all others.
  function automatic int unsigned random_beats();
    // verilator no_inline_task
    case (u_manager.random32() % 8)
      0:       return 1;
      1:       return 2;
      2:       return 3 + u_manager.random32() % 2;
      3:       return 5 + u_manager.random32() % 4;
      4:       return 9 + u_manager.random32() % 8;
      5:       return 17 + u_manager.random32() % 48;
      6:       return 65 + u_manager.random32() % 191;
      default: return u_manager.chance(30) ? 256 : 1;
    endcase
  endfunction

  /// A page: mostly one of the window's [first_page, first_page + pages), at times one at an edge.
  function automatic longint unsigned random_page(input longint unsigned first_page,
                                                  input longint unsigned pages);
    // verilator no_inline_task
    if (u_manager.chance(6)) begin
      case (u_manager.random32() % 3)
        0:       return Hole;
        1:       return Rom;
        default: return RomEnd - PageBytes;
      endcase
    end
    return Window + (first_page + 64'(u_manager.random32()) % pages) * PageBytes;
  endfunction

  /// A legal random burst inside pages [first_page, first_page + pages) of the window.
  function automatic void issue_random(input bit is_write, input longint unsigned first_page,
                                       input longint unsigned pages);
    // verilator no_inline_task
    logic [2:0]      size = 3'(u_manager.random32() % (MaxSize + 1));
    logic [1:0]      burst = Incr;
    int unsigned     beats = random_beats();
    int unsigned     strobe_percent = 100;
    longint unsigned bytes, slots, gpa;

    if (u_manager.chance(30)) size = 3'(MaxSize);
    if (u_manager.chance(50)) burst = u_manager.chance(50) ? Fixed : Wrap;
    if (burst == Fixed) beats = 1 + (beats - 1) % 16;
    if (burst == Wrap) beats = 2 << (u_manager.random32() % 4);
    bytes = 64'd1 << size;
    if (64'(beats) * bytes > PageBytes) beats = 32'(PageBytes / bytes);
    slots = burst == Incr ? PageBytes / bytes - 64'(beats) + 1 : PageBytes / bytes;
    gpa = random_page(first_page, pages) + 64'(u_manager.random32()) % slots * bytes;
    if (burst != Wrap && u_manager.chance(50)) gpa += 64'(u_manager.random32()) % bytes;
    if (u_manager.chance(10)) strobe_percent = 0;
    else if (u_manager.chance(50)) strobe_percent = u_manager.random32() % 101;
    issue(is_write, 4'(u_manager.random32()), gpa, beats, size, burst, strobe_percent);
  endfunction

  // ---- The end of bursts -----------------------------------------------------------------------

  /// Until all bursts have been answered.
  task automatic drain();
    while (!u_manager.idle()) @(posedge clk_i);
  endtask

  /// Put into the model what the writes have written whose response was no error.
  function automatic void settle();
    // verilator no_inline_task
    while (later_index.size() != 0) begin
      if (u_manager.b_was_okay(later_write[0])) u_model.bytes[later_index[0]] = later_value[0];
      later_index.delete(0);
      later_value.delete(0);
      later_write.delete(0);
    end
    u_manager.forget_answers();
  endfunction

endmodule
