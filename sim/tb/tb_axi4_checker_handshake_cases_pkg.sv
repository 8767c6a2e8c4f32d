// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Cases of tb_qdpi_axi4_checker: VALID and READY of all channels.
package tb_axi4_checker_handshake_cases_pkg;
  import qdpi_axi4_checker_pkg::*;
  import tb_axi4_checker_steps_pkg::*;

  /// The rest of what offer() has begun.
  function automatic void finish(input int unsigned channel);
    if (channel == 0) send_w('1, 1'b1);
    if (channel inside {0, 1}) send_b(5'd5, 2'b00);
    if (channel == 3) send_r(5'd6, 2'b00, 1'b1);
  endfunction

  function automatic void test_handshakes();
    string names [5] = '{"AW", "W", "B", "AR", "R"};
    string payloads [5] = '{"AWADDR 0x40000", "WSTRB 1", "BRESP 0", "ARADDR 0x60000", "RRESP 0"};
    string olds [5] = '{"from AWID 0x5, AWADDR 0x40000", "from WDATA", "from BID 0x5, BRESP 0",
                        "from ARID 0x6, ARADDR 0x60000", "from RID 0x6"};
    string changes [5] = '{"AWADDR 0x40100", "WSTRB 0", "BRESP 2", "ARADDR 0x60100", "RRESP 2"};
    for (int unsigned i = 0; i < 5; i++) begin
      expect_rule(rule_e'(AwReset + i));
      add(StepReset, 0);
      add(StepClocks, 2);
      add(StepShow, i);
      add(StepClocks, 1);
      still(2);
      add(StepReset, 1);
      seen({names[i], "VALID 1"}, "reset");
      // High at the first edge that is not in reset; a response would break more rules.
      if (i inside {0, 1, 3}) begin
        expect_rule(rule_e'(AwReset + i));
        put_aw();
        put_ar();
        add(StepDrop, 0);
        add(StepDrop, 3);
        add(StepReset, 0);
        add(StepClocks, 2);
        add(StepReset, 1);
        add(StepShow, i);
        accept(i);
        seen({names[i], "VALID 1"}, "reset");
      end
      expect_rule(rule_e'(AwValid + i));
      offer(i);
      seen({names[i], "VALID fell"}, payloads[i]);
      expect_rule(rule_e'(AwStable + i));
      offer(i);
      add(StepChange, i);
      add(StepClocks, 1);
      add(StepReady, AllReady);
      accept(i);
      seen(olds[i], changes[i]);
      expect_rule(rule_e'(AwHang + i));
      // Told once for each that hangs.
      for (int unsigned j = 0; j < 2; j++) begin
        offer(i);
        add(StepClocks, HangClocks + HangClocks / 8);
        add(StepReady, AllReady);
        accept(i);
        finish(i);
      end
      seen_times(2, {"no ", names[i], "READY"}, i inside {0, 3} ? "moved, for 5" : payloads[i]);
      expect_rule(rule_e'(AwHang + i));  // none: the bus was idle for long before
      still(2 * HangClocks);
      offer(i);
      add(StepClocks, HangClocks / 2);
      add(StepReady, AllReady);
      accept(i);
      finish(i);
      not_seen();
    end
  endfunction

endpackage
