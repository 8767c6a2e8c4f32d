# SPDX-FileCopyrightText: 2026 The qemu-dpi authors
# SPDX-License-Identifier: Apache-2.0
"""Symbols of the guest's kernel modules for gdb, wherever the kernel puts them.

In gdb, with the kernel's symbols loaded and the guest booted with "nokaslr":

    source qemu/linux/gdb_modules.py
    guest-modules FOLDER

From then on the symbols of each module that lies in FOLDER are there when the guest loads it,
before its first instruction; those of modules that are loaded already are there at once.
"""

import os

import gdb


class ModuleLoads(gdb.Breakpoint):
    """Where a module lies in its place and does not run yet."""

    def __init__(self, symbols):
        # At the first instruction, where the argument is still in its register.
        super().__init__("*do_init_module", internal=True)
        self.silent = True
        self.symbols = symbols

    def stop(self):
        module_type = gdb.lookup_type("struct module").pointer()
        self.symbols.add(gdb.parse_and_eval("$rdi").cast(module_type))
        return False


class GuestModules(gdb.Command):
    """guest-modules FOLDER: take the symbols of the guest's modules from FOLDER."""

    def __init__(self):
        super().__init__("guest-modules", gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)
        self.folder = None
        self.added = {}
        self.breakpoint = None

    def invoke(self, argument, from_tty):
        folder = os.path.realpath(os.path.expanduser(argument))
        if not argument or not os.path.isdir(folder):
            raise gdb.GdbError("give the folder of the modules, build/release/qemu/linux/modules")
        self.folder = folder
        if self.breakpoint is None:
            self.breakpoint = ModuleLoads(self)
        for module in loaded_modules():
            self.add(module)

    def add(self, module):
        name = module["name"].string()
        path = os.path.join(self.folder, name + ".ko")
        if not os.path.isfile(path):
            return
        sections = sections_of(module)
        text = sections.pop(".text")
        if self.added.get(name) == text:
            return
        if name in self.added:
            gdb.execute(f"remove-symbol-file -a {self.added[name]:#x}", to_string=True)
        others = "".join(f" -s {section} {at:#x}" for section, at in sections.items())
        gdb.execute(f"add-symbol-file {path} {text:#x}{others}", to_string=True)
        self.added[name] = text
        gdb.write(f"{name} at {text:#x}\n")


def sections_of(module):
    """Where the sections of a module lie."""
    attributes = module["sect_attrs"]
    entries = [attributes["attrs"][index] for index in range(int(attributes["nsections"]))]
    return {entry["battr"]["attr"]["name"].string(): int(entry["address"]) for entry in entries}


def loaded_modules():
    """The modules that the guest has; none while it has not booted far enough to have memory."""
    module_type = gdb.lookup_type("struct module")
    offset = next(field.bitpos // 8 for field in module_type.fields() if field.name == "list")
    head = gdb.parse_and_eval("&modules")
    try:
        entry = head["next"]
        while int(entry) not in (0, int(head)):
            yield gdb.Value(int(entry) - offset).cast(module_type.pointer()).dereference()
            entry = entry["next"]
    except gdb.MemoryError:
        return


GuestModules()
