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

  // In pieces that Verilator compares and moves in one instruction each.
  typedef struct packed {
    logic [UserWidth-1:0] user;
    attributes_t          attributes;
    logic [31:0]          id;
    logic [63:0]          addr;
  } payload_t;

  // A rule, as int unsigned, has more bits than their number needs.
  // verilator lint_off UNUSEDSIGNAL
  // Written from the one process of the checker.
  // verilator lint_off BLKSEQ
  // verilator lint_off IMPURE
  // What is offered, or was last, and the handshake when it was looked at. Verilator sees the signals
  // that inlined functions read, and orders them; the others, out of line to be cheap on idle clocks,
  // get them as arguments.
  logic [UserWidth-1:0] user;
  attributes_t          attributes;
  logic [31:0]          id;
  logic [63:0]          addr;
  logic                 valid;
  logic                 ready;
  bit                   fresh;  // it was not there on the clock before

  rules_t               faults;
  bit                   faulty;  // there are
  string                explanation;

  // VALID without READY on the last clock, since when, reported as hung; and, for explain(), what it
  // was before it changed.
  bit                   stalled;
  payload_t             previous;
  longint unsigned      since, waited;
  bit                   hung;

  // The last attributes whose address alone may break a rule, AxBURST being INCR: the bits of the
  // first beat's place in a page, and the last place with which the burst does not leave it.
  attributes_t          plain;
  logic [63:0]          place_bits, last_place;
  address_rules_t       address_faults;
  atomic_rules_t        atomic_faults;

  // The exclusive read that the exclusive write on AW does not repeat.
  address_t             unpaired;

  initial clear();

  /// Forget what is offered, and reported.
  function automatic void clear();
    // verilator no_inline_task
    faults = '0;
    faulty = 1'b0;
    stalled = 1'b0;
    plain = '0;
    place_bits = 64'd0;
    last_place = 64'd0;
  endfunction

  function automatic void break_rule(input rule_e broken);
    // verilator no_inline_task
    faults[broken] = 1'b1;
    faulty = 1'b1;
  endfunction

  /// At an edge that follows one in reset.
  function automatic void check_reset(input logic is_valid);
    // verilator no_inline_task
    valid = is_valid;
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

  function automatic attributes_t offered();
    return {axi_axqos_i, axi_axregion_i, Atomics ? axi_axatop_i : AtomicNone, axi_axprot_i,
            axi_axcache_i, axi_axlock_i, axi_axlen_i, axi_axsize_i, axi_axburst_i};
  endfunction

  /// Nothing happens: what waits for READY goes on waiting, as it was.
  function automatic bit waits();
    return stalled && axi_axvalid_i && !axi_axready_i && axi_axaddr_i === addr[AddrWidth-1:0]
        && axi_axid_i === id[IdWidth-1:0] && offered() === attributes
        && axi_axuser_i === user;
  endfunction

  /// The address on the channel: when it is new, when it is accepted, and when it changes.
  function automatic void check_address(input longint unsigned clock);
    look(axi_axvalid_i, axi_axready_i, 64'(axi_axaddr_i), 32'(axi_axid_i), offered(),
         axi_axuser_i, clock);
  endfunction

  function automatic void look(input logic is_valid, input logic is_ready,
                               input logic [63:0] addr_now, input logic [31:0] id_now,
                               input attributes_t attributes_now,
                               input logic [UserWidth-1:0] user_now, input longint unsigned clock);
    // verilator no_inline_task
    valid = is_valid;
    ready = is_ready;
    fresh = !stalled;
    if (!fresh && !is_valid) begin
      break_rule(Valid);
      stalled = 1'b0;
      return;
    end
    if (fresh) begin
      if (!is_ready) begin
        stalled = 1'b1;
        since = clock;
        hung = 1'b0;
      end
    end else if (addr_now !== addr || id_now !== id || attributes_now !== attributes
                 || user_now !== user) begin
      break_stable();
    end
    // What has changed is told once, not on every clock to come.
    user = user_now;
    attributes = attributes_now;
    id = id_now;
    addr = addr_now;
    if (fresh) begin
      if (attributes.shape.burst != BurstIncr || attributes !== plain
          || (addr & place_bits) > last_place) begin
        check_new_address();
      end
      if ($isunknown({user, attributes, id, addr})) break_rule(Unknown);
    end
  endfunction

  function automatic void break_stable();
    // verilator no_inline_task
    break_rule(Stable);
    previous = {user, attributes, id, addr};
  endfunction

  function automatic void check_new_address();
    // verilator no_inline_task
    address_faults = broken_rules(addr, attributes, BusBytes, Lite);
    if (address_faults != '0) begin
      faults |= rules_t'(address_faults) << Size;
      faulty = 1'b1;
    end
    if (Atomics && attributes.atop != AtomicNone) begin
      atomic_faults = broken_atomic_rules(addr, attributes, BusBytes);
      if (atomic_faults != '0) begin
        faults |= rules_t'(atomic_faults) << AwAtomicEncoding;
        faulty = 1'b1;
      end
    end
    if (address_faults == '0 && !attributes.lock && attributes.atop == AtomicNone
        && attributes.shape.burst == BurstIncr) begin
      plain = attributes;
      place_bits = 64'hfff & ~(beat_bytes(attributes.shape.size) - 64'd1);
      last_place = 64'h1000 - burst_bytes(attributes.shape.len, attributes.shape.size);
    end
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
    if ($isunknown({axi_axvalid_i, axi_axready_i})) break_handshake(axi_axvalid_i, axi_axready_i);
  endfunction

  function automatic void break_handshake(input logic is_valid, input logic is_ready);
    // verilator no_inline_task
    valid = is_valid;
    ready = is_ready;
    break_rule(Unknown);
  endfunction

  /// Take `fault` out of `faults`, and put it into words: `explanation`.
  function automatic void explain(input rule_e fault);
    // verilator no_inline_task
    faults[fault] = 1'b0;
    faulty = faults != '0;
    case (fault)
      Reset: explanation = $sformatf("%sVALID %b in or right after reset", Channel, valid);
      Valid: begin
        explanation = $sformatf("%sVALID fell before %sREADY: %s", Channel, Channel, text_now());
      end
      Stable: begin
        explanation = $sformatf("changed before %sREADY from %s to %s", Channel, text(previous),
                                text_now());
      end
      Unknown: begin
        explanation = $sformatf("%sVALID %b, %sREADY %b, %s", Channel, valid, Channel, ready,
                                text_now());
      end
      Hang: begin
        explanation = $sformatf("no %sREADY, and nothing else moved, for %0d clocks: %s", Channel,
                                waited, text_now());
      end
      AwExclusivePair: begin
        explanation = {text_now(), ", but its exclusive read had ",
                       address_text("AR", unpaired, 64'd0, 1'b0)};
      end
      default: explanation = text_now();
    endcase
  endfunction

  function automatic string text_now();
    // verilator no_inline_task
    return text({user, attributes, id, addr});
  endfunction

  function automatic string text(input payload_t payload);
    // verilator no_inline_task
    return address_text(Channel, {payload.attributes, payload.id, payload.addr}, 64'(payload.user),
                        Atomics);
  endfunction

endmodule
