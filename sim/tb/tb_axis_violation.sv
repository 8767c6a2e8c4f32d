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
    logic [1:0] outcome = SlaveError;
    bit         is_read = rule != "reserved";  // the reader has no TSTRB to get wrong
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
        // Taken for null bytes: a packet of nothing.
        outcome = Okay;
        u_buffers.push(Inbox, 32'd16, '0, '0, '0);
        u_source.push('1, '1, '0, 1'b1, '0, '0, '0);
      end
      default: $fatal(1, "+violate=%s: no such rule", rule);
    endcase
    repeat (200) @(posedge clk_i);
    check_that(u_buffers.size() == 1 && u_packets.size() == (is_read ? 1 : 0),
               "not one completion each");
    if (errors != 0) return;
    u_buffers.pop();
    check_that(u_buffers.popped.outcome == outcome && u_buffers.popped.bytes == 0,
               "the writer's completion is wrong");
    if (is_read) begin
      u_packets.pop();
      check_that(u_packets.popped.outcome == outcome && u_packets.popped.bytes == 0,
                 "the reader's completion is wrong");
    end
    check_that(u_sink.size() == 0, "the reader has sent something");
    if (rule == "attach" || rule == "window") begin
      check_that(u_writer.last_refusal() != "" && u_reader.last_refusal() != "",
                 "a refusal was not explained");
    end
    u_reference.check_memory("violation");
    if (errors == 0) $display("QDPI VIOLATION ANSWERED");
  endtask

endmodule
