// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// An address channel, AW or AR, for qdpi_axi4_checker: what an address may ask for, and how it is
/// offered. Simulation only.
///
/// Functions that the checker's one process calls set bits in `faults`; explain() then puts one of
/// them into words. What a rule says stands in qdpi_axi4_checker_pkg. The words are made apart from
/// the checks because strings in inlined functions cost Verilator time on every clock.
module qdpi_axi4_address_checker
  import qdpi_axi4_checker_pkg::*;
#(
  /// 1: AR. 0: AW.
  parameter bit          Read       = 1'b0,
  /// Bits of AxADDR.
  parameter int unsigned AddrWidth  = 64,
  /// Bits of the data.
  parameter int unsigned DataWidth  = 64,
  /// Bits of AxID.
  parameter int unsigned IdWidth    = 4,
  /// Bits of AxUSER.
  parameter int unsigned UserWidth  = 1,
  /// Clocks without progress.
  parameter int unsigned HangClocks = 10000,
  /// AXI4-Lite.
  parameter bit          Lite       = 1'b0,
  /// AWATOP is there.
  parameter bit          Atomics    = 1'b0
) (
  /// AxID.
  input logic [IdWidth-1:0]       axi_axid_i,
  /// AxADDR.
  input logic [AddrWidth-1:0]     axi_axaddr_i,
  /// AxLEN.
  input logic [7:0]               axi_axlen_i,
  /// AxSIZE.
  input logic [2:0]               axi_axsize_i,
  /// AxBURST.
  input logic [1:0]               axi_axburst_i,
  /// AxLOCK.
  input logic                     axi_axlock_i,
  /// AxCACHE.
  input logic [3:0]               axi_axcache_i,
  /// AxPROT.
  input logic [2:0]               axi_axprot_i,
  /// AxQOS.
  input logic [3:0]               axi_axqos_i,
  /// AxREGION.
  input logic [3:0]               axi_axregion_i,
  /// AxUSER.
  input logic [UserWidth-1:0]     axi_axuser_i,
  /// AWATOP.
  input logic [5:0]               axi_axatop_i,
  /// AxVALID.
  input logic                     axi_axvalid_i,
  /// AxREADY.
  input logic                     axi_axready_i
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam string Channel = Read ? "AR" : "AW";
  localparam rule_e Size = Read ? ArSize : AwSize;
  localparam rule_e Reset = Read ? ArReset : AwReset;
  localparam rule_e Valid = Read ? ArValid : AwValid;
  localparam rule_e Stable = Read ? ArStable : AwStable;
  localparam rule_e Unknown = Read ? ArUnknown : AwUnknown;
  localparam rule_e Hang = Read ? ArHang : AwHang;

  typedef struct packed {
    logic [UserWidth-1:0] user;
    address_t             address;
  } payload_t;

  // A rule, as int unsigned, has more bits than their number needs.
  // verilator lint_off UNUSEDSIGNAL
  // Written from the one process of the checker.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  // The channel as it was at the edge. Verilator sees the signals that inlined functions read, and
  // orders them; the others, out of line to be cheap on idle clocks, read only these copies. They are
  // made out of line as well: Verilator 5.006 moves assignments behind calls of functions that read
  // what was assigned.
  payload_t        now;
  logic            valid;
  logic            ready;

  rules_t          faults;
  bit              faulty;  // there are
  string           explanation;

  // VALID without READY on the last clock, with what, since when, reported as hung; and, for
  // explain(), what it was before it changed.
  bit              stalled;
  payload_t        held, previous;
  longint unsigned since, waited;
  bit              hung;

  address_rules_t  address_faults;
  atomic_rules_t   atomic_faults;

  // The exclusive read that the exclusive write on AW does not repeat.
  address_t        unpaired;

  initial clear();

  /// Forget what is offered, and reported.
  function automatic void clear();
    faults = '0;
    faulty = 1'b0;
    stalled = 1'b0;
  endfunction

  function automatic void break_rule(input rule_e broken);
    // verilator no_inline_task
    faults[broken] = 1'b1;
    faulty = 1'b1;
  endfunction

  /// Take over the channel.
  function automatic void sample();
    keep('{user: axi_axuser_i,
           address: '{qos: axi_axqos_i, region: axi_axregion_i,
                      atop: Atomics ? axi_axatop_i : AtomicNone, prot: axi_axprot_i,
                      cache: axi_axcache_i, lock: axi_axlock_i,
                      shape: {axi_axlen_i, axi_axsize_i, axi_axburst_i}, id: 32'(axi_axid_i),
                      addr: 64'(axi_axaddr_i)}}, axi_axvalid_i, axi_axready_i);
  endfunction

  function automatic void keep(input payload_t offered, input logic is_valid, input logic is_ready);
    // verilator no_inline_task
    now = offered;
    valid = is_valid;
    ready = is_ready;
  endfunction

  /// At an edge that follows one in reset.
  function automatic void check_reset();
    sample();
    if (valid) break_rule(Reset);
  endfunction

  /// Now and then. `progress`: clock in which data or a response of this direction was accepted last:
  /// who waits for room waits for that.
  function automatic void check_hang(input longint unsigned clock, input longint unsigned progress);
    // verilator no_inline_task
    if (since < progress) since = progress;
    if (!stalled || hung || clock - since <= 64'(HangClocks)) return;
    break_rule(Hang);
    hung = 1'b1;
    waited = clock - since;
  endfunction

  /// The address on the channel: when it is new, and while it waits.
  function automatic void check_address(input longint unsigned clock);
    // verilator no_inline_task
    if (stalled && !valid) begin
      break_rule(Valid);
      stalled = 1'b0;
    end else if (stalled) begin
      if (now !== held) begin
        break_rule(Stable);
        previous = held;
        // Told once, not on every clock to come.
        held = now;
      end
    end else begin
      check_new_address();
      if (!ready) begin
        stalled = 1'b1;
        held = now;
        since = clock;
        hung = 1'b0;
      end
    end
  endfunction

  function automatic void check_new_address();
    // verilator no_inline_task
    address_faults = broken_rules(now.address, BusBytes, Lite);
    if (address_faults != '0) begin
      faults |= rules_t'(address_faults) << Size;
      faulty = 1'b1;
    end
    if (Atomics && now.address.atop != AtomicNone) begin
      atomic_faults = broken_atomic_rules(now.address, BusBytes);
      if (atomic_faults != '0) begin
        faults |= rules_t'(atomic_faults) << AwAtomicEncoding;
        faulty = 1'b1;
      end
    end
    if ($isunknown(now)) break_rule(Unknown);
  endfunction

  /// The exclusive write on AW does not repeat `exclusive_read`.
  function automatic void break_pair(input address_t exclusive_read);
    // verilator no_inline_task
    break_rule(AwExclusivePair);
    unpaired = exclusive_read;
  endfunction

  /// The address is accepted.
  function automatic void accept_address();
    stalled = 1'b0;
  endfunction

  /// X or Z on VALID or READY; simulators with two states have none.
  function automatic void check_known_handshake();
    if ($isunknown({axi_axvalid_i, axi_axready_i})) break_rule(Unknown);
  endfunction

  /// Take `fault` out of `faults`, and put it into words: `explanation`.
  function automatic void explain(input rule_e fault);
    // verilator no_inline_task
    faults[fault] = 1'b0;
    faulty = faults != '0;
    case (fault)
      Reset: explanation = $sformatf("%sVALID %b in or right after reset", Channel, valid);
      Valid: begin
        explanation = $sformatf("%sVALID fell before %sREADY: %s", Channel, Channel, text(held));
      end
      Stable: begin
        explanation = $sformatf("changed before %sREADY from %s to %s", Channel, text(previous),
                                text(now));
      end
      Unknown: begin
        explanation = $sformatf("%sVALID %b, %sREADY %b, %s", Channel, valid, Channel, ready,
                                text(now));
      end
      Hang: begin
        explanation = $sformatf("no %sREADY, and nothing else moved, for %0d clocks: %s", Channel,
                                waited, text(held));
      end
      AwExclusivePair: begin
        explanation = {text(now), ", but its exclusive read had ",
                       address_text("AR", unpaired, 64'd0, 1'b0)};
      end
      default: explanation = text(now);
    endcase
  endfunction

  function automatic string text(input payload_t payload);
    // verilator no_inline_task
    return address_text(Channel, payload.address, 64'(payload.user), Atomics);
  endfunction

endmodule
