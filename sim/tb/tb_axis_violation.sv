// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What the AXI-Stream ports do when a device breaks a rule: they must say so, complete with an
/// error where there is something to complete, and leave memory as it is.
///
/// Uses u_writer, u_reader, u_source, u_sink, u_buffers, u_packets, u_choice and u_reference next
/// to this module.
module tb_axis_violation (
  /// Clock.
  input logic clk_i
);
  import tb_axis_pkg::*;
  import tb_errors_pkg::*;
  import tb_pc_map_pkg::*;

  /// Break one rule. Prints QDPI VIOLATION ANSWERED if the ports did what they should.
  task automatic violate(input string rule);
    int unsigned expected_writes = 1;
    logic [1:0]  outcome = SlaveError;
    u_choice.set_paces(1'b1);
    case (rule)
      "empty": begin
        u_buffers.push(Inbox, 32'd0, '0, '0, '0);
        u_packets.push(Outbox, 32'd0, '0, '0, '0);
      end
      "wrap": begin
        u_buffers.push(64'hffff_ffff_ffff_fff0, 32'd17, '0, '0, '0);
        u_packets.push(64'hffff_ffff_ffff_fff0, 32'd17, '0, '0, '0);
      end
      "attach": begin
        u_writer.attach(null);
        u_reader.attach(null);
        u_buffers.push(Inbox, 32'd16, '0, '0, '0);
        u_packets.push(Outbox, 32'd16, '0, '0, '0);
        u_source.push('1, '1, '1, 1'b1, '0, '0, '0);
      end
      "window": begin
        outcome = DecodeError;
        u_writer.allow(Inbox + 1, Inbox + PageBytes - 1, 1'b1, 1'b1);
        u_reader.allow(Outbox + 1, Outbox + PageBytes - 1, 1'b1, 1'b1);
        u_buffers.push(Inbox, 32'd16, '0, '0, '0);
        u_packets.push(Outbox, 32'd16, '0, '0, '0);
        u_source.push('1, '1, '1, 1'b1, '0, '0, '0);
      end
      "reserved": begin
        expected_writes = 0;
        u_source.push('1, '1, '0, 1'b1, '0, '0, '0);
      end
      default: $fatal(1, "+violate=%s: no such rule", rule);
    endcase
    repeat (200) @(posedge clk_i);
    if (expected_writes != 0) begin
      if (u_buffers.size() != 1 || u_packets.size() != 1 || u_sink.size() != 0) return;
      u_buffers.pop();
      u_packets.pop();
      if (u_buffers.popped.outcome != outcome || u_buffers.popped.bytes != 0
          || u_packets.popped.outcome != outcome || u_packets.popped.bytes != 0) return;
      if ((rule == "attach" || rule == "window")
          && (u_writer.last_refusal() == "" || u_reader.last_refusal() == "")) return;
    end
    u_reference.check_memory("violation");
    if (errors == 0) $display("QDPI VIOLATION ANSWERED");
  endtask

endmodule
