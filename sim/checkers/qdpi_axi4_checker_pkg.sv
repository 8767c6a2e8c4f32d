// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The rules of qdpi_axi4_checker: their names, where they stand in the AMBA AXI specification, ARM
/// IHI 0022H, and what can be said of one address alone.
///
/// It knows AXI4's address arithmetic by itself: a checker that asked the port's package could not
/// see its mistakes, and a user's own bus needs no port.
///
/// no_inline_task: Verilator sets the locals of functions that it inlines to 0 on every clock,
/// called or not.
package qdpi_axi4_checker_pkg;

  // Not every model has this checker.
  // verilator lint_off UNUSEDPARAM
  /// A rule. "Aw" and so on: the channel that breaks it.
  typedef enum int unsigned {
    // What an address may ask for. The two groups have the same order.
    AwSize, AwBurstReserved, AwBoundary, AwFixedLength, AwWrapLength, AwWrapAlignment, AwCache,
    AwExclusiveLength, AwExclusiveBytes, AwExclusiveAlignment, AwExclusiveCache, AwLite,
    ArSize, ArBurstReserved, ArBoundary, ArFixedLength, ArWrapLength, ArWrapAlignment, ArCache,
    ArExclusiveLength, ArExclusiveBytes, ArExclusiveAlignment, ArExclusiveCache, ArLite,
    // VALID is low during reset and at the first clock edge after it.
    AwReset, WReset, BReset, ArReset, RReset,
    // VALID stays until READY.
    AwValid, WValid, BValid, ArValid, RValid,
    // What VALID says is there does not change until READY.
    AwStable, WStable, BStable, ArStable, RStable,
    // No X or Z on VALID and READY, nor on what VALID says is there.
    AwUnknown, WUnknown, BUnknown, ArUnknown, RUnknown,
    // No READY for more than HangClocks.
    AwHang, WHang, BHang, ArHang, RHang,
    // Exclusive write: not as its exclusive read; before that has its data.
    AwExclusivePair, AwExclusiveEarly,
    // Atomic transactions. ArAtomicId: a read with the ID of one in progress.
    AwAtomicEncoding, AwAtomicSize, AwAtomicAlignment, AwAtomicBurst, AwAtomicExclusive,
    AwAtomicId, ArAtomicId, WAtomicStrobe,
    // A strobe outside the transfer; WLAST before or not at the beat that AWLEN makes the last.
    WStrobe, WLastEarly, WLastLate,
    // A response without an accepted address, or before the last data; EXOKAY for a write that is
    // not exclusive.
    BWithoutAddress, BBeforeData, BExokay,
    // Likewise for reads.
    RWithoutAddress, RLastEarly, RLastLate, RExokay,
    // More in progress than the checker has room for.
    WriteTable, WriteAheadTable, ReadTable,
    // No progress for more than HangClocks: data of a write, its address, its response; read data.
    WriteDataHang, WriteAddressHang, WriteResponseHang, ReadHang
  } rule_e;

  /// How many rules there are.
  localparam int unsigned Rules = int'(ReadHang) + 1;

  /// A bit for each rule.
  typedef bit [Rules-1:0] rules_t;

  /// A bit for each of the first rules: those for one address.
  typedef bit [AwLite:AwSize] address_rules_t;

  /// A bit for each rule from AwAtomicEncoding to AwAtomicExclusive.
  typedef bit [AwAtomicExclusive-AwAtomicEncoding:0] atomic_rules_t;

  /// AxBURST (A3.4.1). 3 is reserved.
  localparam logic [1:0] BurstFixed = 2'b00;
  /// AxBURST.
  localparam logic [1:0] BurstIncr = 2'b01;
  /// AxBURST.
  localparam logic [1:0] BurstWrap = 2'b10;

  /// The OKAY of BRESP and RRESP (A3.4.4).
  localparam logic [1:0] RespOkay = 2'b00;

  /// The EXOKAY of BRESP and RRESP (A3.4.4).
  localparam logic [1:0] RespExokay = 2'b01;

  /// AWATOP.
  localparam logic [5:0] AtomicNone = 6'b000000;
  /// AWATOP.
  localparam logic [5:0] AtomicSwap = 6'b110000;
  /// AWATOP.
  localparam logic [5:0] AtomicCompare = 6'b110001;

  /// AxLEN, AxSIZE and AxBURST.
  typedef struct packed {
    logic [7:0] len;
    logic [2:0] size;
    logic [1:0] burst;
  } shape_t;

  /// The AW or AR signals of one address, but AxUSER, in the widest form: its attributes_t, then what
  /// is 32 or 64 bits wide, which so is made and read without shifts.
  typedef struct packed {
    logic [3:0]  qos;
    logic [3:0]  region;
    logic [5:0]  atop;
    logic [2:0]  prot;
    logic [3:0]  cache;
    logic        lock;
    shape_t      shape;
    logic [31:0] id;
    logic [63:0] addr;
  } address_t;

  /// What of it comes before AxID.
  typedef struct packed {
    logic [3:0]  qos;
    logic [3:0]  region;
    logic [5:0]  atop;
    logic [2:0]  prot;
    logic [3:0]  cache;
    logic        lock;
    shape_t      shape;
  } attributes_t;

  /// Bytes of a full beat.
  function automatic logic [63:0] beat_bytes(input logic [2:0] size);
    return 64'd1 << size;
  endfunction

  /// Bytes of all beats, were all full.
  function automatic logic [63:0] burst_bytes(input logic [7:0] len, input logic [2:0] size);
    return (64'(len) + 64'd1) << size;
  endfunction

  /// Address of the first byte of beat `beat`, from 0 (A3.4.1). `atomic`: the values of an atomic
  /// compare fill the beat, also if the address names the upper one.
  function automatic logic [63:0] first_byte(input logic [63:0] addr, input shape_t shape,
                                             input int unsigned beat, input bit atomic);
    // verilator no_inline_task
    logic [63:0] aligned = addr & ~(beat_bytes(shape.size) - 64'd1);
    logic [63:0] linear = aligned + (64'(beat) << shape.size);
    logic [63:0] wrap_mask = burst_bytes(shape.len, shape.size) - 64'd1;
    if (shape.burst == BurstWrap && beat != 0) return (addr & ~wrap_mask) | (linear & wrap_mask);
    if (atomic) return linear;
    return beat == 0 || shape.burst == BurstFixed ? addr : linear;
  endfunction

  /// The number of bytes that a beat with this first byte may carry (A3.4.3).
  function automatic int unsigned carried_bytes(input logic [2:0] size, input logic [63:0] first);
    // verilator no_inline_task
    return 32'(beat_bytes(size) - (first & (beat_bytes(size) - 64'd1)));
  endfunction

  /// The first of them; there is one.
  function automatic rule_e first_rule(input rules_t rules);
    // verilator no_inline_task
    int unsigned first = 0;
    while (!rules[first]) first++;
    return rule_e'(first);
  endfunction

  /// Where the rule stands in the specification.
  function automatic string section(input rule_e rule);
    // verilator no_inline_task
    case (rule)
      AwReset, WReset, BReset, ArReset, RReset: return "A3.1.2";
      AwValid, WValid, BValid, ArValid, RValid,
      AwStable, WStable, BStable, ArStable, RStable: return "A3.2.1";
      AwUnknown, WUnknown, BUnknown, ArUnknown, RUnknown, WLastEarly, WLastLate, RLastEarly,
      RLastLate: return "A3.2.2";
      BWithoutAddress, BBeforeData, RWithoutAddress: return "A3.3.1";
      WStrobe: return "A3.4.3";
      BExokay, RExokay: return "A3.4.4";
      AwCache, ArCache: return "A4.4";
      AwExclusiveEarly: return "A7.2.2";
      AwExclusiveLength, AwExclusiveBytes, AwExclusiveAlignment, AwExclusiveCache,
      ArExclusiveLength, ArExclusiveBytes, ArExclusiveAlignment, ArExclusiveCache,
      AwExclusivePair: return "A7.2.4";
      AwLite, ArLite: return "B1.1";
      AwAtomicEncoding, AwAtomicSize, AwAtomicAlignment, AwAtomicBurst, AwAtomicExclusive,
      AwAtomicId, ArAtomicId, WAtomicStrobe: return "chapter Atomic transactions";
      AwHang, WHang, BHang, ArHang, RHang, WriteDataHang, WriteAddressHang, WriteResponseHang,
      ReadHang: return "no section: limit HangClocks";
      WriteTable: return "no section: limit MaxWrites";
      WriteAheadTable: return "no section: limit MaxAheadBeats";
      ReadTable: return "no section: limit MaxReads";
      default: return "A3.4.1";
    endcase
  endfunction

  /// The signals of one address, named.
  function automatic string address_text(input string channel, input address_t a,
                                         input logic [63:0] user, input bit atomics);
    // verilator no_inline_task
    string text;
    text = $sformatf("%sID 0x%0h, %sADDR 0x%0h, %sLEN %0d, %sSIZE %0d, %sBURST %0d, %sLOCK %0d",
                     channel, a.id, channel, a.addr, channel, a.shape.len, channel, a.shape.size,
                     channel, a.shape.burst, channel, a.lock);
    text = $sformatf("%s, %sCACHE 0x%0h, %sPROT %0d, %sQOS %0d, %sREGION %0d, %sUSER 0x%0h", text,
                     channel, a.cache, channel, a.prot, channel, a.qos, channel, a.region, channel,
                     user);
    if (atomics) text = $sformatf("%s, %sATOP 0x%0h", text, channel, a.atop);
    return text;
  endfunction

  /// A transaction in progress, named.
  function automatic string transaction_text(input string channel, input int unsigned id,
                                             input logic [63:0] addr, input shape_t shape);
    // verilator no_inline_task
    return $sformatf("%sID 0x%0h, %sADDR 0x%0h, %sLEN %0d, %sSIZE %0d, %sBURST %0d", channel, id,
                     channel, addr, channel, shape.len, channel, shape.size, channel, shape.burst);
  endfunction

  // Of an address, each function needs its part.
  // verilator lint_off UNUSEDSIGNAL

  /// Likewise, by its address.
  function automatic string address_name(input string channel, input address_t address);
    // verilator no_inline_task
    return transaction_text(channel, address.id, address.addr, address.shape);
  endfunction

  /// The rules that one address breaks by itself: a bit for each, of which the first is AwSize or
  /// ArSize.
  function automatic address_rules_t broken_rules(input logic [63:0] addr, input attributes_t a,
                                                  input int unsigned bus_bytes, input bit lite);
    // verilator no_inline_task
    address_rules_t rules = '0;
    logic [63:0] bytes = burst_bytes(a.shape.len, a.shape.size);
    if (beat_bytes(a.shape.size) > 64'(bus_bytes)) begin
      rules[AwSize] = 1'b1;
    end else if (lite) begin
      rules[AwLite] = a.shape.len != 0 || beat_bytes(a.shape.size) != 64'(bus_bytes)
                    || a.shape.burst != BurstIncr || a.lock || a.cache != 0;
      return rules;
    end else begin
      case (a.shape.burst)
        BurstFixed: rules[AwFixedLength] = a.shape.len > 15;
        BurstIncr: begin
          if ((addr & 64'hfff & ~(beat_bytes(a.shape.size) - 64'd1)) + bytes > 64'h1000) begin
            rules[AwBoundary] = 1'b1;
          end
        end
        BurstWrap: begin
          // An atomic compare wraps also within one beat: the rules for it are its own.
          if (a.atop != AtomicCompare) begin
            rules[AwWrapLength]    = !(a.shape.len inside {1, 3, 7, 15});
            rules[AwWrapAlignment] = (addr & (beat_bytes(a.shape.size) - 64'd1)) != 0;
          end
        end
        default:    rules[AwBurstReserved] = 1'b1;
      endcase
    end
    // Allocate bits of what must not be modified are reserved.
    if (a.cache[3:2] != 0 && !a.cache[1]) rules[AwCache] = 1'b1;
    if (a.lock && a.atop == AtomicNone) begin
      if (a.shape.len > 15) rules[AwExclusiveLength] = 1'b1;
      else if (bytes > 128 || (bytes & (bytes - 1)) != 0) rules[AwExclusiveBytes] = 1'b1;
      else rules[AwExclusiveAlignment] = (addr & (bytes - 1)) != 0;
      // Cacheable: the monitor behind a cache might not see it.
      rules[AwExclusiveCache] = a.cache[3:2] != 0 && a.cache[1];
    end
    return rules;
  endfunction

  /// The rules that AWATOP, not 0, and the rest of the address break: a bit for each, of which the
  /// first is AwAtomicEncoding.
  function automatic atomic_rules_t broken_atomic_rules(input logic [63:0] addr,
                                                        input attributes_t a,
                                                        input int unsigned bus_bytes);
    // verilator no_inline_task
    atomic_rules_t rules = '0;
    logic [63:0] bytes = burst_bytes(a.shape.len, a.shape.size);
    // A compare brings two values, and names with its address which of them is to be compared.
    bit compare = a.atop == AtomicCompare;
    logic [63:0] unit = compare ? bytes >> 1 : bytes;
    rules[AwAtomicExclusive-AwAtomicEncoding] = a.lock;
    if (a.atop[5:4] == 2'b00 || (a.atop[5:4] == 2'b11 && !compare && a.atop != AtomicSwap)) begin
      rules[AwAtomicEncoding-AwAtomicEncoding] = 1'b1;
    end else if (!(unit inside {1, 2, 4, 8} || (compare && unit == 16))
                 || (a.shape.len != 0 && beat_bytes(a.shape.size) != 64'(bus_bytes))) begin
      rules[AwAtomicSize-AwAtomicEncoding] = 1'b1;
    end else if ((addr & (unit - 1)) != 0) begin
      rules[AwAtomicAlignment-AwAtomicEncoding] = 1'b1;
    end else begin
      rules[AwAtomicBurst-AwAtomicEncoding] =
          a.shape.burst != ((addr & (bytes - 1)) != 0 ? BurstWrap : BurstIncr);
    end
    return rules;
  endfunction

  /// Whether an atomic transaction has read data: load, swap and compare have.
  function automatic bit atomic_reads(input logic [5:0] atop);
    return atop[5];
  endfunction

  /// AxLEN of that read data: a compare gives back one of its two values.
  function automatic logic [7:0] atomic_read_len(input logic [5:0] atop, input logic [7:0] len);
    return atop == AtomicCompare ? 8'(((9'(len) + 9'd1) >> 1) - 9'(len != 0)) : len;
  endfunction

  // verilator lint_on UNUSEDSIGNAL

endpackage
