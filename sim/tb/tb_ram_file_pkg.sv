// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0

/// The RAM file that +qemu=file:PATH?... names, for tests of what becomes of a port that loses it.
package tb_ram_file_pkg;

  /// Truncate the file under the bridge, as a RAM file is when somebody else empties it: what was
  /// mapped is no memory any more.
  function automatic void lose_ram_file();
    string path;
    int    file;
    if ($value$plusargs("qemu=file:%s", path) == 0) $fatal(1, "+qemu= names no RAM file");
    for (int i = 0; i < path.len(); i++) if (path[i] == "?") path = path.substr(0, i - 1);
    file = $fopen(path, "w");
    if (file == 0) $fatal(1, "cannot truncate %s", path);
    $fclose(file);
  endfunction

endpackage
