// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// Nothing: there is no program of Verilator's without a model.
module tb_boundary ();
endmodule
