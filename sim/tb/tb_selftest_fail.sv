// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// A testbench that must fail, in the way +how= says: each is one of the three things that a pass
/// needs, missing while the other two hold. It proves scripts/run_sim.sh.
module tb_selftest_fail (
  /// Clock.
  input logic clk_i,
  /// Reset, active low.
  input logic rst_ni
);

  string how;

  initial if ($value$plusargs("how=%s", how) == 0) how = "error_line";

  always @(posedge clk_i) begin
    if (rst_ni) begin
      case (how)
        "error_line": begin
          $display("%%Error: a wrong value that ends nothing");
          $display("QDPI TEST PASSED");
          $finish;
        end
        "no_sentinel": $finish;
        "exit_status": begin
          $display("QDPI TEST PASSED");
          $fatal(1, "a broken bridge");
        end
        "error_task": begin
          $error("a wrong value");
          $display("QDPI TEST PASSED");
          $finish;
        end
        "hang": ;
        "none": begin
          $display("QDPI TEST PASSED");
          $finish;
        end
        default: $fatal(1, "+how=%s is not known", how);
      endcase
    end
  end

endmodule
