// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The launcher as a call: the programs qdpi-launch and qemu-dpi (run) are front doors to it.
//
// Nothing else of the launcher is for those who call it, and this header includes none of it: its
// exit statuses have the names of others elsewhere.

#ifndef QDPI_LAUNCHER_LAUNCH_H_
#define QDPI_LAUNCHER_LAUNCH_H_

// Does what the command line says, to its end: `argv[0]` is the name for usage lines. Messages
// begin with the program's own name. Blocks signals and keeps them blocked, and a wrong command
// line or
// --help ends the process: to be called once, last. Returns the exit status.
int qdpi_launch(int argc, char **argv);

#endif
