// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

// Seeded bugs: mistakes that a bus port could have, switched on to see whether the tests notice.
// `QDPI_BUG(NAME) is false in every build but one with +define+QDPI_SEEDED_BUGS, where the plusarg
// +qdpi.bug=NAME chooses one.

`ifndef QDPI_SEEDED_BUGS_SVH_
`define QDPI_SEEDED_BUGS_SVH_

`ifdef QDPI_SEEDED_BUGS
`define QDPI_BUG(NAME) (qdpi_seeded_bugs_pkg::is_seeded(`"NAME`"))
`else
`define QDPI_BUG(NAME) 1'b0
`endif

`endif
