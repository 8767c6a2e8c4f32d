// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// What tests ask of messages.
package tb_text_pkg;

  /// Whether `text` contains `part`.
  function automatic bit contains(input string text, input string part);
    for (int i = 0; i + part.len() <= text.len(); i++) begin
      if (text.substr(i, i + part.len() - 1) == part) return 1'b1;
    end
    return 1'b0;
  endfunction

endpackage
