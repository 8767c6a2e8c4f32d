// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

`include "qemu_dpi.svh"

/// Test of qdpi_tilelink_port against a byte-wise model of TileLink's operations, with guest memory
/// checked both through the port and behind its back. Needs a RAM file with machine=pc:
///
///   +qemu=file:PATH?size=16M&machine=pc   the RAM file
///   +ram_bytes=N    its size (16 MiB)
///   +seed=N         of the random operations (1)
///   +rounds=N       of random operations (20)
///
/// At the end the RAM file is truncated, and the port must deny.
module tb_qdpi_tilelink_port #(
  /// Bits of the data bus.
  parameter int unsigned DataWidth = 64
) (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qemu_dpi_pkg::*;
  import qdpi_port_pkg::*;
  import qdpi_tilelink_checker_pkg::*;
  import tb_ram_file_pkg::*;

  localparam int unsigned AddrWidth = 40;
  localparam int unsigned SourceWidth = 4;
  localparam int unsigned Sources = 16;
  localparam int unsigned BusBytes = DataWidth / 8;
  localparam longint unsigned PageBytes = 4096;
  localparam longint unsigned Hole = 64'ha_0000, Rom = 64'hc_0000, RomEnd = 64'h10_0000;
  // The pages that random operations use, with a page on each side that they must not touch.
  localparam longint unsigned Window = 64'h20_0000;
  localparam longint unsigned WindowPages = 8;

  bit                     reset_request;
  logic                   tb_reset_n;
  // Assertions sample it, flops take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic                   rst_n;
  // verilator lint_on SYNCASYNCNET
  logic                   bridge_lost;
  logic                   a_valid, a_ready, a_corrupt, d_valid, d_ready, d_denied, d_corrupt;
  logic [2:0]             a_opcode, a_param, d_opcode;
  logic [1:0]             d_param;
  logic [3:0]             a_size, d_size;
  logic [SourceWidth-1:0] a_source, d_source;
  logic                   d_sink;
  logic [AddrWidth-1:0]   a_address;
  logic [BusBytes-1:0]    a_mask;
  logic [DataWidth-1:0]   a_data, d_data;

  chandle                 bridge;
  byte unsigned           model [longint unsigned];  // what guest memory must hold, by GPA
  byte unsigned           page [4096];
  byte unsigned           new_bytes [4096];
  longint unsigned        ram_bytes;
  int unsigned            errors;
  bit                     one_by_one;  // the outcome is not known beforehand
  longint unsigned        allowed_first, allowed_last;

  always_ff @(posedge clk_i) tb_reset_n <= !reset_request;
  assign rst_n = rst_ni & tb_reset_n;

  qdpi_tilelink_port #(
    .Name       ("tilelink"),
    .AddrWidth  (AddrWidth),
    .DataWidth  (DataWidth),
    .SourceWidth(SourceWidth),
    .HangClocks (20000)
  ) u_port (
    .clk_i,
    .rst_ni        (rst_n),
    .bridge_lost_o (bridge_lost),
    .tl_a_valid_i  (a_valid),
    .tl_a_ready_o  (a_ready),
    .tl_a_opcode_i (a_opcode),
    .tl_a_param_i  (a_param),
    .tl_a_size_i   (a_size),
    .tl_a_source_i (a_source),
    .tl_a_address_i(a_address),
    .tl_a_mask_i   (a_mask),
    .tl_a_data_i   (a_data),
    .tl_a_corrupt_i(a_corrupt),
    .tl_d_valid_o  (d_valid),
    .tl_d_ready_i  (d_ready),
    .tl_d_opcode_o (d_opcode),
    .tl_d_param_o  (d_param),
    .tl_d_size_o   (d_size),
    .tl_d_source_o (d_source),
    .tl_d_sink_o   (d_sink),
    .tl_d_denied_o (d_denied),
    .tl_d_data_o   (d_data),
    .tl_d_corrupt_o(d_corrupt)
  );

  tb_tilelink_manager #(
    .AddrWidth  (AddrWidth),
    .DataWidth  (DataWidth),
    .SourceWidth(SourceWidth)
  ) u_manager (
    .clk_i,
    .rst_ni        (rst_n),
    .tl_a_valid_o  (a_valid),
    .tl_a_ready_i  (a_ready),
    .tl_a_opcode_o (a_opcode),
    .tl_a_param_o  (a_param),
    .tl_a_size_o   (a_size),
    .tl_a_source_o (a_source),
    .tl_a_address_o(a_address),
    .tl_a_mask_o   (a_mask),
    .tl_a_data_o   (a_data),
    .tl_a_corrupt_o(a_corrupt),
    .tl_d_valid_i  (d_valid),
    .tl_d_ready_o  (d_ready),
    .tl_d_opcode_i (d_opcode),
    .tl_d_size_i   (d_size),
    .tl_d_source_i (d_source),
    .tl_d_denied_i (d_denied),
    .tl_d_data_i   (d_data)
  );

  // Functions that are not inlined, to keep the model small, use variables, and read no signal.
  // verilator lint_off IMPURE
  // A source is an int, whatever the number of sources.
  // verilator lint_off UNUSEDSIGNAL

  // ---- The model -------------------------------------------------------------------------------

  function automatic void wrong(input string what);
    // verilator no_inline_task
    errors++;
    $error("%s", what);
  endfunction

  /// Fill a page of RAM with random bytes behind the port's back, or learn a page of ROM.
  function automatic void load_page(input longint unsigned gpa, input bit is_rom);
    // verilator no_inline_task
    if (is_rom) `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    else begin
      for (int i = 0; i < 4096; i++) page[i] = 8'(u_manager.random32());
      `QDPI_OR_FATAL(bridge, dpi_mem_write(bridge, gpa, page))
    end
    for (longint unsigned i = 0; i < PageBytes; i++) model[gpa+i] = page[12'(i)];
  endfunction

  /// Compare a page of the guest with the model behind the port's back.
  function automatic void check_page(input longint unsigned gpa);
    // verilator no_inline_task
    `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, gpa, page))
    for (longint unsigned i = 0; i < PageBytes; i++) begin
      if (page[12'(i)] != model[gpa+i]) begin
        wrong($sformatf("memory at 0x%0h is %h, expected %h", gpa + i, page[12'(i)],
                        model[gpa+i]));
        return;
      end
    end
  endfunction

  function automatic void load_window();
    // verilator no_inline_task
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      load_page(Window + i * PageBytes - PageBytes, 1'b0);
    end
  endfunction

  function automatic void check_window();
    // verilator no_inline_task
    for (longint unsigned i = 0; i < WindowPages + 2; i++) begin
      check_page(Window + i * PageBytes - PageBytes);
    end
  endfunction

  /// Whether the memory map of the guest or the windows of the port refuse first..last.
  function automatic bit refused(input bit changes, input longint unsigned first,
                                 input longint unsigned last);
    // verilator no_inline_task
    if (first < allowed_first || last > allowed_last) return 1'b1;
    if (last >= ram_bytes || (first < Rom && last >= Hole)) return 1'b1;
    return changes && first < RomEnd && last >= Rom;
  endfunction

  /// Whether the old value, which stands in the model, is the smaller one, byte by byte from the
  /// top.
  function automatic bit old_is_less(input int unsigned source, input longint unsigned address,
                                     input int unsigned bytes, input bit is_signed);
    // verilator no_inline_task
    for (int unsigned i = bytes; i > 0; i--) begin
      byte unsigned old = model[address+64'(i)-1], operand = u_manager.sent[source][12'(i-1)];
      if (is_signed && i == bytes) begin
        old = old + 8'd128;
        operand = operand + 8'd128;
      end
      if (old != operand) return old < operand;
    end
    return 1'b0;
  endfunction

  /// new_bytes: what an operation that is not refused makes of the model.
  function automatic void apply(input int unsigned source, input logic [2:0] opcode,
                                input logic [2:0] param, input longint unsigned address,
                                input int unsigned bytes);
    // verilator no_inline_task
    int unsigned carry = 0;
    bit          less = 1'b0;
    if (opcode == ArithmeticData) less = old_is_less(source, address, bytes, param < 3'd2);
    for (int unsigned i = 0; i < bytes; i++) begin
      byte unsigned old = model[address+64'(i)];
      byte unsigned operand = u_manager.sent[source][12'(i)];
      byte unsigned value = old;
      case (opcode)
        PutFullData, PutPartialData: if (u_manager.strobed[source][12'(i)]) value = operand;
        ArithmeticData: begin
          case (param)
            3'd0, 3'd2: value = less ? old : operand;
            3'd1, 3'd3: value = less ? operand : old;
            default: begin
              carry = 32'(old) + 32'(operand) + carry;
              value = 8'(carry);
              carry = carry >> 8;
            end
          endcase
        end
        LogicalData: begin
          case (param)
            3'd0:    value = old ^ operand;
            3'd1:    value = old | operand;
            3'd2:    value = old & operand;
            default: value = operand;
          endcase
        end
        default: value = old;
      endcase
      new_bytes[12'(i)] = value;
    end
  endfunction

  /// Start one operation as soon as it can be and tell the manager what must come of it.
  /// `strobe_percent`: of the lanes of a PutPartialData. `corrupt_beat` < 0: none. `broken`: it
  /// breaks a rule; with `bad_mask` that of the mask.
  task automatic issue(input logic [2:0] opcode, input logic [2:0] param, input int unsigned size,
                       input longint unsigned address, input int unsigned strobe_percent,
                       input int corrupt_beat, input bit broken, input bit bad_mask);
    int unsigned     bytes = 32'd1 << size;
    longint unsigned last = address + 64'(bytes) - 1;
    bit              changes = opcode <= LogicalData;
    bit              denied = broken || bad_mask || corrupt_beat >= 0;
    int unsigned     source = u_manager.random32() % Sources;
    bit              found = 1'b0;
    if (opcode inside {ArithmeticData, LogicalData} && bytes > 8) denied = 1'b1;
    if (opcode != Intent && refused(changes, address, last)) denied = 1'b1;
    while (!found) begin
      for (int unsigned i = 0; i < Sources && !found; i++) begin
        source = (source + 1) % Sources;
        found = u_manager.can_start(source, address, last, opcode == Get);
      end
      if (!found) @(posedge clk_i);
    end
    u_manager.begin_op(source, opcode, param, 4'(size), AddrWidth'(address));
    if (corrupt_beat >= 0) u_manager.corrupt(source, 32'(corrupt_beat));
    if (bad_mask) u_manager.break_mask(source);
    for (int unsigned i = 0; i < bytes && i < 4096; i++) begin
      bit strobe = opcode != PutPartialData || u_manager.chance(strobe_percent);
      byte unsigned value = 8'(u_manager.random32());
      // Equal high bytes, so that comparisons are decided in all of them.
      if (opcode == ArithmeticData && !denied && u_manager.chance(50)) begin
        value = model[address+64'(i)];
      end
      u_manager.send_byte(source, i, value, strobe);
      if (!denied && opcode != Intent) u_manager.expect_byte(source, i, model[address+64'(i)]);
    end
    if (!denied) apply(source, opcode, param, address, bytes);
    u_manager.go(source, one_by_one, denied);
    if (one_by_one) begin
      while (u_manager.in_use[source]) @(posedge clk_i);
      denied = u_manager.denied_of[source];
    end
    if (changes && !denied) begin
      for (int unsigned i = 0; i < bytes; i++) model[address+64'(i)] = new_bytes[12'(i)];
    end
  endtask

  task automatic drain();
    while (!u_manager.idle()) @(posedge clk_i);
  endtask

  /// A random legal operation inside the window.
  task automatic issue_random();
    int unsigned     size = u_manager.random32() % 8;
    logic [2:0]      opcode = 3'(u_manager.random32() % 6);
    logic [2:0]      param = 3'd0;
    longint unsigned address = 0;
    int              corrupt_beat = -1;
    if (u_manager.chance(10)) size = u_manager.random32() % 13;
    if (opcode inside {ArithmeticData, LogicalData} && u_manager.chance(90)) size = size % 4;
    if (opcode == ArithmeticData) param = 3'(u_manager.random32() % 5);
    if (opcode == LogicalData) param = 3'(u_manager.random32() % 4);
    if (opcode == Intent) param = 3'(u_manager.random32() % 2);
    address = Window + (64'(u_manager.random32()) % (WindowPages * PageBytes >> size) << size);
    if (opcode <= LogicalData && u_manager.chance(4)) begin
      corrupt_beat = int'(u_manager.random32() % data_beats(size, BusBytes));
    end
    issue(opcode, param, size, address, 25 * (u_manager.random32() % 5), corrupt_beat, 1'b0, 1'b0);
  endtask

  // ---- The tests -------------------------------------------------------------------------------

  task automatic test_random(input int unsigned rounds, input int unsigned operations);
    for (int unsigned round = 0; round < rounds; round++) begin
      u_manager.set_pace(5 + u_manager.random32() % 96, 5 + u_manager.random32() % 96,
                         round[0] ? 20 : 0);
      if (u_manager.chance(50)) u_manager.set_pace(100, 100, 0);
      for (int unsigned i = 0; i < operations; i++) issue_random();
      drain();
      check_window();
    end
  endtask

  /// Every opcode and param in every size.
  task automatic test_all();
    u_manager.set_pace(100, 100, 0);
    for (int unsigned size = 0; size <= LargestSize; size++) begin
      for (int opcode = 0; opcode <= int'(Intent); opcode++) begin
        for (int param = 0; param <= 7; param++) begin
          if (param_is_legal(3'(opcode), 3'(param))) begin
            issue(3'(opcode), 3'(param), size, Window + PageBytes * 2 + (64'd1 << size) % 4096, 50,
                  -1, 1'b0, 1'b0);
          end
        end
      end
    end
    drain();
    check_window();
  endtask

  /// One beat per clock on both channels at once, from message to message.
  task automatic test_throughput(input int unsigned size);
    int unsigned pairs = 4096 >> (size < 6 ? 6 : size);
    real         a_rate, d_rate;
    if (pairs < 16) pairs = 16;
    u_manager.set_pace(100, 100, 0);
    u_manager.reset_counts();
    for (int unsigned i = 0; i < pairs; i++) begin
      longint unsigned offset = (64'(i) << size) % (4 * PageBytes);
      for (int get = 0; get < 2; get++) begin
        issue(get == 1 ? Get : PutFullData, 3'd0, size,
              Window + (get == 1 ? 4 * PageBytes : 0) + offset, 100, -1, 1'b0, 1'b0);
      end
    end
    drain();
    a_rate = real'(u_manager.a_beats) / real'(u_manager.a_last_clock - u_manager.a_first_clock + 1);
    d_rate = real'(u_manager.d_beats) / real'(u_manager.d_last_clock - u_manager.d_first_clock + 1);
    $display("%0d-bit bus, messages of %0d bytes: %0.4f A and %0.4f D beats per clock", DataWidth,
             32'd1 << size, a_rate, d_rate);
    if (a_rate < 0.99) wrong("less than 0.99 beats per clock on A");
    // D waits for the first put to be complete, and ends with the last get.
    if (d_rate < 0.99 * real'(u_manager.d_beats)
        / (real'(u_manager.d_beats) + real'(data_beats(size, BusBytes)))) begin
      wrong("less than one beat per clock on D");
    end
    check_window();
  endtask

  /// The counters tell what was moved: the message's bytes, those of a put that its mask has, and of
  /// an Intent none.
  task automatic test_counts();
    longint unsigned reads = u_port.bytes(KindRead), writes = u_port.bytes(KindWrite);
    longint unsigned atomics = u_port.bytes(KindAtomic);
    issue(Get, 3'd0, 4, Window, 100, -1, 1'b0, 1'b0);
    issue(Intent, 3'd0, 6, Window, 100, -1, 1'b0, 1'b0);
    issue(PutFullData, 3'd0, 7, Window, 100, -1, 1'b0, 1'b0);
    issue(PutPartialData, 3'd0, 5, Window, 0, -1, 1'b0, 1'b0);
    issue(LogicalData, 3'd0, 2, Window, 100, -1, 1'b0, 1'b0);
    drain();
    @(posedge clk_i);
    if (u_port.bytes(KindRead) != reads + 16 || u_port.bytes(KindWrite) != writes + 128
        || u_port.bytes(KindAtomic) != atomics + 4) begin
      wrong("the port counted other bytes than were moved");
    end
  endtask

  /// Where the memory map of the guest changes.
  function automatic longint unsigned edge_of(input int index);
    case (index)
      0:       return Hole;
      1:       return Rom;
      2:       return RomEnd;
      default: return ram_bytes;
    endcase
  endfunction

  /// What the memory map refuses: denied, and nothing changed.
  task automatic test_refusals();
    longint unsigned last_page = ram_bytes - PageBytes;
    longint unsigned before_count = u_port.errors(KindRead);
    load_page(Hole - PageBytes, 1'b0);
    load_page(Rom, 1'b1);
    load_page(RomEnd - PageBytes, 1'b1);
    load_page(RomEnd, 1'b0);
    load_page(last_page, 1'b0);
    u_manager.set_pace(80, 80, 5);
    for (int opcode = 0; opcode <= int'(Intent); opcode++) begin
      for (int unsigned size = 0; size <= LargestSize; size++) begin
        longint unsigned bytes = 64'd1 << size;
        logic [2:0]      param = opcode == int'(ArithmeticData) ? 3'd4 : 3'd0;
        for (int place = 0; place < 8; place++) begin
          longint unsigned address = edge_of(place / 2) - (place % 2 == 0 ? bytes : 0);
          issue(3'(opcode), param, size, address, 100, -1, 1'b0, 1'b0);
        end
      end
    end
    drain();
    check_page(Hole - PageBytes);
    check_page(Rom);
    check_page(RomEnd - PageBytes);
    check_page(RomEnd);
    check_page(last_page);
    if (u_port.errors(KindRead) == before_count || u_port.last_refusal(KindRead) == ""
        || u_port.errors(KindAtomic) == 0 || u_port.errors(KindWrite) == 0) begin
      wrong("refusals were not counted and explained");
    end
  endtask

  typedef struct packed {
    logic [2:0] opcode;
    logic [2:0] param;
    logic [3:0] size;
    logic [7:0] offset;
    logic       bad_mask;
  } broken_t;

  /// Requests that TileLink does not have.
  function automatic broken_t broken_request(input int index);
    case (index)
      0:       return {3'd6, 3'd0, 4'd3, 8'd0, 1'b0};
      1:       return {3'd7, 3'd0, 4'd3, 8'd64, 1'b0};
      2:       return {Get, 3'd1, 4'd3, 8'd0, 1'b0};
      3:       return {PutFullData, 3'd2, 4'd6, 8'd0, 1'b0};
      4:       return {ArithmeticData, 3'd5, 4'd3, 8'd0, 1'b0};
      5:       return {LogicalData, 3'd4, 4'd2, 8'd0, 1'b0};
      6:       return {Intent, 3'd2, 4'd2, 8'd0, 1'b0};
      7:       return {Get, 3'd0, 4'd3, 8'd4, 1'b0};
      8:       return {PutFullData, 3'd0, 4'd1, 8'd1, 1'b0};
      9:       return {Get, 3'd0, 4'd13, 8'd0, 1'b0};
      10:      return {PutFullData, 3'd0, 4'd4, 8'd16, 1'b1};
      11:      return {ArithmeticData, 3'd4, 4'd2, 8'd16, 1'b1};
      default: return {Get, 3'd0, 4'd2, 8'd16, 1'b1};
    endcase
  endfunction

  /// Requests that break a rule are reported by the checker, denied, and change nothing.
  task automatic test_broken();
    int unsigned before_count = u_port.g_checker.u_checker.u_rules.total();
    u_manager.set_pace(100, 100, 0);
    for (int unsigned rule = 0; rule < Rules; rule++) begin
      u_port.g_checker.u_checker.u_rules.tolerate(rule);
    end
    for (int i = 0; i < 13; i++) begin
      broken_t request = broken_request(i);
      issue(request.opcode, request.param, 32'(request.size), Window + 64'(request.offset), 100, -1,
            1'b1, request.bad_mask);
    end
    drain();
    if (u_port.g_checker.u_checker.u_rules.total() - before_count < 13) wrong("not all reported");
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    check_window();
  endtask

  /// Reset in the middle of traffic: silent and ready afterwards, puts whole or not at all, and
  /// nothing lost that was answered.
  task automatic test_reset();
    for (int unsigned round = 0; round < 10; round++) begin
      int unsigned answered = 0, written = 0;
      u_manager.set_pace(70, 70, 0);
      u_manager.drop_all();
      for (int unsigned i = 0; i < Sources; i++) begin
        u_manager.begin_op(i, PutFullData, 3'd0, 4'd8, AddrWidth'(Window + 64'(i) * 256));
        for (int unsigned b = 0; b < 256; b++) begin
          u_manager.send_byte(i, b, ~model[Window+64'(i)*256+64'(b)], 1'b1);
        end
        u_manager.go(i, 1'b0, 1'b0);
      end
      repeat (1 + u_manager.random32() % (3 * 4096 / BusBytes)) @(posedge clk_i);
      reset_request = 1'b1;
      repeat (3) @(posedge clk_i);
      answered = u_manager.answered;
      u_manager.drop_all();
      reset_request = 1'b0;
      for (int unsigned i = 0; i < Sources; i++) begin
        int unsigned news = 0;
        `QDPI_OR_FATAL(bridge, dpi_mem_read(bridge, Window, page))
        for (int unsigned b = 0; b < 256; b++) begin
          if (page[12'(i*256+b)] != model[Window+64'(i)*256+64'(b)]) news++;
        end
        if (news != 0 && news != 256) wrong($sformatf("put %0d is torn", i));
        if (news == 256) written++;
      end
      if (written < answered) wrong($sformatf("%0d answered, %0d written", answered, written));
      if (u_port.transactions(KindWrite) != 0) wrong("counters not cleared");
      load_window();
      repeat (5) @(posedge clk_i);
    end
  endtask

  typedef enum int unsigned {
    PhaseIdeal, PhaseDelays, PhaseReorder, PhaseLimit, PhaseErrors, PhaseErrorRange, PhaseWindows,
    PhaseLast
  } phase_e;

  function automatic void prepare(input phase_e phase);
    // verilator no_inline_task
    behaviour_t knobs = Ideal;
    if (phase inside {PhaseDelays, PhaseReorder, PhaseLimit}) begin
      knobs.read_latency_max = 20;
      knobs.write_latency_max = 20;
      knobs.read_address_ready = 60;
      knobs.write_data_ready = 70;
      knobs.read_data_valid = 60;
      knobs.write_response_valid = 60;
    end
    if (phase inside {PhaseReorder, PhaseLimit}) knobs.reorder = 1;
    if (phase == PhaseLimit) knobs.max_reads = 3;
    if (phase == PhaseErrors) begin
      knobs.slave_error_ppm = 100_000;
      knobs.decode_error_ppm = 100_000;
    end
    if (phase == PhaseErrorRange) begin
      knobs.error_first = Window + PageBytes + 5;
      knobs.error_last = Window + PageBytes + 5;
    end
    if (phase == PhaseWindows) begin
      allowed_first = Window + PageBytes;
      allowed_last = Window + 3 * PageBytes - 1;
      u_port.allow(allowed_first, allowed_last, 1'b1, 1'b1);
      u_port.expect_window_errors(1'b1);
    end
    one_by_one = phase inside {PhaseErrors, PhaseErrorRange};
    u_port.configure(knobs);
    u_manager.reset_counts();
    u_manager.denials = 0;
  endfunction

  function automatic void judge(input phase_e phase);
    if (phase inside {PhaseIdeal, PhaseDelays} && u_manager.overtakes != 0) begin
      wrong("a response overtook another without the knob reorder");
    end
    if (phase == PhaseReorder && u_manager.overtakes == 0) wrong("the knob reorder has no effect");
    if (phase == PhaseLimit && u_manager.most_under_way != 3) begin
      wrong($sformatf("%0d under way, not 3", u_manager.most_under_way));
    end
    if (one_by_one && u_manager.denials == 0) wrong("no error was injected");
    if (phase == PhaseWindows) begin
      if (u_port.window_errors() == 0) wrong("no window error was counted");
      u_port.allow_all();
      u_port.expect_window_errors(1'b0);
      allowed_first = 0;
      allowed_last = '1;
    end
    one_by_one = 1'b0;
    u_port.configure(Ideal);
  endfunction

  /// A response that is withheld is a hang that the checker names.
  task automatic test_withheld();
    behaviour_t knobs = Ideal;
    knobs.withhold_ppm = 1_000_000;
    u_port.configure(knobs);
    u_port.g_checker.u_checker.u_rules.tolerate(32'(Hang));
    u_manager.begin_op(5, Get, 3'd0, 4'd3, AddrWidth'(Window));
    u_manager.go(5, 1'b0, 1'b0);
    repeat (21000) @(posedge clk_i);
    if (u_port.g_checker.u_checker.u_rules.count(32'(Hang)) != 1) wrong("no hang was reported");
    u_port.g_checker.u_checker.u_rules.tolerate_none();
    reset_request = 1'b1;
    repeat (3) @(posedge clk_i);
    u_manager.drop_all();
    reset_request = 1'b0;
    u_port.configure(Ideal);
    repeat (3) @(posedge clk_i);
  endtask

  /// The RAM file is truncated under the bridge: denied, bridge_lost_o, and the simulation lives.
  task automatic test_loss();
    lose_ram_file();
    ram_bytes = 0;
    for (int opcode = 0; opcode <= int'(Intent); opcode++) begin
      for (int unsigned size = 0; size <= LargestSize; size += 3) begin
        issue(3'(opcode), 3'd0, size, Window + 64'(opcode) * PageBytes, 100, -1, 1'b0, 1'b0);
      end
    end
    drain();
    @(posedge clk_i);
    if (!bridge_lost) wrong("bridge_lost_o is low");
  endtask

  initial begin : main
    int unsigned first_seed, rounds;
    if ($value$plusargs("seed=%d", first_seed) == 0) first_seed = 1;
    if ($value$plusargs("rounds=%d", rounds) == 0) rounds = 20;
    if ($value$plusargs("ram_bytes=%d", ram_bytes) == 0) ram_bytes = 64'd16 << 20;
    allowed_last = '1;
    u_manager.seed(64'(first_seed));
    bridge = dpi_open_or_fatal("");
    u_port.attach(bridge);
    load_window();
    while (!rst_n) @(posedge clk_i);
    @(posedge clk_i);

    test_all();
    for (int unsigned size = $clog2(BusBytes); size <= LargestSize; size += 3) begin
      test_throughput(size);
    end
    test_counts();
    test_refusals();
    test_broken();
    test_reset();
    test_withheld();
    for (int unsigned phase = 0; phase < 32'(PhaseLast); phase++) begin
      prepare(phase_e'(phase));
      test_random(phase == 0 ? rounds : 1 + rounds / 3, 80);
      judge(phase_e'(phase));
    end
    if (u_manager.hints == 0) wrong("no Intent was answered");
    if (bridge_lost) wrong("bridge_lost_o is high");
    u_port.report();
    test_loss();
    if (d_param != 0 || d_sink) wrong("an output that must be low is high");
    if (u_manager.errors == 0 && errors == 0) $display("QDPI TEST PASSED");
    $finish;
  end

  // The checker inside the port looks at it.
  logic unused_corrupt;
  assign unused_corrupt = d_corrupt;

  final dpi_close(bridge);

endmodule
