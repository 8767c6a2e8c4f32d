// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What an operation makes of guest memory, byte by byte, and what is refused.
///
/// Uses u_pages and u_manager next to this module.
module tb_tilelink_reference ();
  import qdpi_tilelink_checker_pkg::*;
  import tb_pc_map_pkg::*;

  // Functions that are not inlined, to keep the model small, use variables, and read no signal.
  // verilator lint_off IMPURE
  // A source is an int, whatever the number of sources.
  // verilator lint_off UNUSEDSIGNAL

  byte unsigned    new_bytes [4096];
  longint unsigned allowed_first, allowed_last;  // the window of the port
  longint unsigned error_first, error_last;      // where the port injects errors

  /// The port has no window, and injects no errors.
  function automatic void start();
    allowed_first = 0;
    allowed_last = '1;
    error_first = 1;
    error_last = 0;
  endfunction

  /// Whether the memory map of the guest or the port's windows or errors refuse first..last.
  function automatic bit refused(input bit changes, input longint unsigned first,
                                 input longint unsigned last);
    // verilator no_inline_task
    if (first < allowed_first || last > allowed_last) return 1'b1;
    if (error_first <= error_last && first <= error_last && last >= error_first) return 1'b1;
    if (last >= u_pages.ram_bytes || (first < Rom && last >= Hole)) return 1'b1;
    return changes && first < RomEnd && last >= Rom;
  endfunction

  /// Whether the old value, which stands in the model, is the smaller one, byte by byte from the
  /// top.
  function automatic bit old_is_less(input int unsigned source, input longint unsigned address,
                                     input int unsigned bytes, input bit is_signed);
    // verilator no_inline_task
    for (int unsigned i = bytes; i > 0; i--) begin
      byte unsigned old = u_pages.model[address+64'(i)-1];
      byte unsigned operand = u_manager.sent[source][12'(i-1)];
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
      byte unsigned old = u_pages.model[address+64'(i)];
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

  /// What apply() has made of `bytes` bytes from `address` on is what memory must hold.
  function automatic void settle(input longint unsigned address, input int unsigned bytes);
    // verilator no_inline_task
    for (int unsigned i = 0; i < bytes; i++) u_pages.model[address+64'(i)] = new_bytes[12'(i)];
  endfunction

endmodule
