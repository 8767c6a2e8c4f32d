// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Test of qdpi_apb_checker: a legal bus gives no error, and a bus that breaks one rule gives that
/// one, with its name, section, values and time. Needs no guest.
///
/// ControlKnown, PayloadKnown and ResponseKnown need a simulator with X; Verilator skips them.
module tb_qdpi_apb_checker (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);
  import qdpi_apb_checker_pkg::*;
  import tb_errors_pkg::*;
  import tb_text_pkg::*;

  localparam int unsigned HangClocks = 50;

  // Driven on the falling edge, sampled by the checkers on the rising one.
  logic [31:0] paddr, pwdata, prdata;
  logic [3:0]  pstrb;
  logic [2:0]  pprot;
  logic        psel, penable, pwrite, pready, pslverr;
  logic        reset_request;
  // Checkers take it asynchronously.
  // verilator lint_off SYNCASYNCNET
  logic        rst_n;
  // verilator lint_on SYNCASYNCNET
  // Kept by the one process below.
  // verilator lint_off BLKSEQ
  int unsigned counted [Rules];  // how often each rule had been reported before

  assign rst_n = rst_ni && !reset_request;

  qdpi_apb_checker #(
    .HangClocks(HangClocks)
  ) u_checker (
    .clk_i,
    .rst_ni   (rst_n),
    .paddr_i  (paddr),
    .pprot_i  (pprot),
    .psel_i   (psel),
    .penable_i(penable),
    .pwrite_i (pwrite),
    .pwdata_i (pwdata),
    .pstrb_i  (pstrb),
    .pready_i (pready),
    .prdata_i (prdata),
    .pslverr_i(pslverr)
  );

  // What is no rule for it must not disturb an APB3 checker without recommendations.
  qdpi_apb_checker #(
    .Apb4            (1'b0),
    .CheckRecommended(1'b0),
    .HangClocks      (0)
  ) u_apb3_checker (
    .clk_i,
    .rst_ni   (rst_n),
    .paddr_i  (paddr),
    .pprot_i  (pprot),
    .psel_i   (psel),
    .penable_i(penable),
    .pwrite_i (pwrite),
    .pwdata_i (pwdata),
    .pstrb_i  (pstrb),
    .pready_i (pready),
    .prdata_i (prdata),
    .pslverr_i(pslverr)
  );

  /// One clock with these control signals.
  task automatic clock(input bit select, input bit enable, input bit ready);
    @(negedge clk_i);
    psel = select;
    penable = enable;
    pready = ready;
  endtask

  /// Put a transfer's payload on the bus in its setup phase.
  task automatic setup(input bit is_write);
    clock(1'b1, 1'b0, 1'b0);
    paddr = 32'h1234_5678;
    pwrite = is_write;
    pwdata = 32'hcafe_f00d;
    prdata = 32'h600d_da7a;
    pstrb = is_write ? 4'b0110 : 4'b0000;
    pprot = 3'b010;
    pslverr = 1'b0;
  endtask

  /// The rest of a legal transfer.
  task automatic access(input int unsigned wait_states, input bit error);
    repeat (wait_states) clock(1'b1, 1'b1, 1'b0);
    clock(1'b1, 1'b1, 1'b1);
    pslverr = error;
  endtask

  /// Idle, as it may be between transfers.
  task automatic pause();
    clock(1'b0, 1'b0, 1'b0);
    pslverr = 1'b0;
  endtask

  /// Everything that APB allows.
  task automatic legal_bus();
    for (int is_write = 0; is_write < 2; is_write++) begin
      for (int unsigned wait_states = 0; wait_states < 4; wait_states++) begin
        setup(is_write == 1);
        access(wait_states, 1'b0);
        setup(is_write == 0);
        access(wait_states, 1'b1);
        pause();
        // PREADY may be high while nothing is selected; PENABLE may belong to another completer.
        clock(1'b0, 1'b0, 1'b1);
        clock(1'b0, 1'b1, 1'b1);
        pause();
      end
    end
    setup(1'b1);
    pstrb = 4'b0000;
    access(0, 1'b0);
    setup(1'b0);
    access(HangClocks - 2, 1'b0);
    // A read's PWDATA has no meaning.
    setup(1'b0);
    clock(1'b1, 1'b1, 1'b0);
    pwdata = ~pwdata;
    access(0, 1'b0);
    pause();
    // Reset ends a transfer that waits.
    setup(1'b1);
    clock(1'b1, 1'b1, 1'b0);
    clock(1'b0, 1'b0, 1'b0);
    reset_request = 1'b1;
    pause();
    reset_request = 1'b0;
    pause();
  endtask

  /// Break `rule` once, and leave the bus idle. `again`: SelectHeld in the setup phase.
  task automatic break_rule(input rule_e rule, input bit again);
    if (rule == SetupFirst) begin
      clock(1'b1, 1'b1, 1'b1);
    end else if (again) begin
      setup(1'b1);
    end else begin
      // The rule of the strobes of reads, and of everything else.
      setup(rule != ReadStrobes);
      case (rule)
        SetupOneClock: clock(1'b1, 1'b0, 1'b0);
        SelectHeld: begin
          clock(1'b1, 1'b1, 1'b0);
          pause();
        end
        ReadStrobes: pstrb = 4'b0001;
        ErrorOnlyAtEnd: begin
          clock(1'b1, 1'b1, 1'b0);
          pslverr = 1'b1;
        end
        ControlKnown: penable = 1'bx;
        PayloadKnown: pwdata[8] = 1'bx;
        default: ;
      endcase
      if (rule != SelectHeld) begin
        if (rule != ControlKnown) clock(1'b1, 1'b1, 1'b0);
        case (rule)
          EnableHeld:       clock(1'b1, 1'b0, 1'b0);
          AddressStable:    paddr[31] = 1'b1;
          DirectionStable:  pwrite = 1'b0;
          WriteDataStable:  pwdata[0] = 1'b0;
          StrobesStable:    pstrb = 4'b0111;
          ProtectionStable: pprot = 3'b000;
          ResponseKnown:    pready = 1'bx;
          Hang:             repeat (HangClocks) clock(1'b1, 1'b1, 1'b0);
          default:          ;
        endcase
        pslverr = 1'b0;
        clock(1'b1, 1'b1, 1'b1);
        if (rule == EnableFalls) clock(1'b0, 1'b1, 1'b0);
      end
    end
    pause();
    pause();
  endtask

  /// Whether the simulator has X.
  function automatic bit has_unknown();
    logic value = 1'bx;
    return $isunknown(value);
  endfunction

  /// Exactly `rule` must have been broken, exactly once, and be described.
  function automatic void check_broken(input rule_e rule);
    string message = u_checker.u_rules.last_message();
    string values;

    case (rule)
      AddressStable:    values = "PADDR is now 92345678";
      DirectionStable:  values = "PWRITE is now 0";
      WriteDataStable:  values = "PWDATA was cafef00d, is now cafef00c";
      StrobesStable:    values = "PSTRB was 0110, is now 0111";
      ProtectionStable: values = "PPROT was 010, is now 000";
      ReadStrobes:      values = "read at 0x12345678: PSTRB 0001";
      Hang:             values = "write at 0x12345678, PSTRB 0110, PWDATA cafef00d: no PREADY";
      default:          values = "PSEL";
    endcase
    for (int unsigned i = 0; i < Rules; i++) begin
      int unsigned expected = i == rule ? 1 : 0;
      if (u_checker.u_rules.count(i) != expected + counted[i]) begin
        wrong($sformatf("while %s was broken, rule %0d was reported %0d times", rule.name(), i,
                        u_checker.u_rules.count(i) - counted[i]));
      end
      counted[i] = u_checker.u_rules.count(i);
    end
    if (!contains(message, {"rule ", rule.name(), " ("}) || !contains(message, section(rule))
        || !contains(message, values) || !contains(message, "u_checker")
        || !contains(message, "broken at time")) begin
      wrong($sformatf("the message about %s lacks something: %s", rule.name(), message));
    end
  endfunction

  initial begin : main
    int unsigned tested;
    rule_e       rule;

    tested = 0;
    reset_request = 1'b0;
    pause();
    paddr = '0;
    pwdata = '0;
    prdata = '0;
    pstrb = '0;
    pprot = '0;
    pwrite = 1'b0;
    while (rst_ni !== 1'b1) @(negedge clk_i);
    legal_bus();
    if (u_checker.u_rules.total() != 0 || u_apb3_checker.u_rules.total() != 0) begin
      wrong("a legal bus was reported");
    end
    for (int unsigned i = 0; i < Rules; i++) begin
      rule = rule_e'(i);
      if (has_unknown() || !(rule inside {ControlKnown, PayloadKnown, ResponseKnown})) begin
        u_checker.u_rules.tolerate(i);
        u_apb3_checker.u_rules.tolerate(i);
        break_rule(rule, 1'b0);
        check_broken(rule);
        u_checker.u_rules.tolerate_none();
        u_apb3_checker.u_rules.tolerate_none();
        if (u_apb3_checker.u_rules.count(i)
            != (rule inside {ReadStrobes, StrobesStable, ProtectionStable, ErrorOnlyAtEnd, Hang}
                ? 0 : 1)) begin
          wrong($sformatf("the APB3 checker reported %s %0d times", rule.name(),
                          u_apb3_checker.u_rules.count(i)));
        end
        tested++;
      end
    end
    u_checker.u_rules.tolerate(SelectHeld);
    u_apb3_checker.u_rules.tolerate(SelectHeld);
    break_rule(SelectHeld, 1'b1);
    check_broken(SelectHeld);
    u_checker.u_rules.tolerate_none();
    u_apb3_checker.u_rules.tolerate_none();
    tested++;
    legal_bus();
    if (u_checker.u_rules.total() != tested) wrong("a legal bus was reported at the end");
    $display("%0d of %0d rules broken and reported", tested - 1, Rules);
    if (errors == 0 && tested > 13) $display("QDPI TEST PASSED");
    $finish;
  end

endmodule
