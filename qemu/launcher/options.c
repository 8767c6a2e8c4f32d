// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The command line of the launcher: what may be asked for, and which values are refused.

#include "options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugger.h"
#include "failure.h"

enum option_key {
    KEY_MACHINE = 0x100,  // above every character, so that no short option comes into being
    KEY_RAM,
    KEY_RAM_FOLDER,
    KEY_PREALLOC,
    KEY_ACCEL,
    KEY_CPUS,
    KEY_KERNEL,
    KEY_INITRD,
    KEY_APPEND,
    KEY_BRIDGES,
    KEY_SLOTS,
    KEY_QEMU,
    KEY_QEMU_ARG,
    KEY_SERIAL,
    KEY_ENV,
    KEY_EXPECT_GUEST_STATUS,
    KEY_TIMEOUT,
    KEY_READY_TIMEOUT,
    KEY_GUEST_TIMEOUT,
    KEY_GRACE,
    KEY_KEEP_LOG,
    KEY_NAME,
    KEY_PRINT_COMMAND,
    KEY_PAUSED,
    KEY_INTERACTIVE,
    KEY_GDB,
    KEY_GDB_SYMBOLS,
};

enum option_group { GROUP_GUEST = 1, GROUP_COMMAND, GROUP_TIME, GROUP_OTHER };

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "The guest:", GROUP_GUEST},
    {"machine", KEY_MACHINE, "pc|q35", 0, "Machine to emulate (default: pc)", GROUP_GUEST},
    {"ram", KEY_RAM, "SIZE", 0, "Guest RAM, such as 512M or 5G (default: 512M)", GROUP_GUEST},
    {"ram-folder", KEY_RAM_FOLDER, "DIR", 0,
     "Where the file of the guest's RAM goes, such as a mount of hugetlbfs for huge pages "
     "(default: a directory in /dev/shm)",
     GROUP_GUEST},
    {"prealloc", KEY_PREALLOC, NULL, 0,
     "QEMU allocates all of the guest's RAM before the guest starts, not page by page",
     GROUP_GUEST},
    {"accel", KEY_ACCEL, "tcg|kvm[,…]", 0,
     "Accelerator, with QEMU's own properties behind a comma, such as tcg,tb-size=64 (default: "
     "tcg)",
     GROUP_GUEST},
    {"cpus", KEY_CPUS, "N", 0, "Guest CPUs (default: 1)", GROUP_GUEST},
    {"kernel", KEY_KERNEL, "FILE", 0, "Multiboot image or Linux kernel (default: firmware only)",
     GROUP_GUEST},
    {"initrd", KEY_INITRD, "FILE", 0, "Initial RAM disk or multiboot modules", GROUP_GUEST},
    {"append", KEY_APPEND, "TEXT", 0, "Kernel command line", GROUP_GUEST},
    {"slots", KEY_SLOTS, "N", 0, "Memory slots, which are the doorbells (default: 64)",
     GROUP_GUEST},
    {"paused", KEY_PAUSED, NULL, 0, "Do not start the guest's CPUs; the simulator continues them",
     GROUP_GUEST},
    {"serial", KEY_SERIAL, "FILE|-", 0,
     "Where the guest's serial console goes (default -: standard output, each line after \"guest| "
     "\")",
     GROUP_GUEST},
    {"interactive", KEY_INTERACTIVE, NULL, 0,
     "The guest's serial console is this terminal, Ctrl-] ends it; the command's output goes to a "
     "file",
     GROUP_GUEST},
    {"gdb", KEY_GDB, NULL, 0,
     "Let gdb connect to the guest, and print the line to type; the guest runs on unless --paused",
     GROUP_GUEST},
    {"gdb-symbols", KEY_GDB_SYMBOLS, "FILE", 0,
     "Symbol file in that line, such as vmlinux (default: the kernel, if it is an ELF file)",
     GROUP_GUEST},
    {"qemu", KEY_QEMU, "PATH", 0,
     "QEMU to start (default: $QEMU, else qemu-system-x86_64; qemu-system-i386 for --gdb with a "
     "32-bit ELF kernel)",
     GROUP_GUEST},
    {"qemu-arg", KEY_QEMU_ARG, "ARG", 0, "One further argument for QEMU; may be repeated",
     GROUP_GUEST},

    {NULL, 0, NULL, 0, "The command:", GROUP_COMMAND},
    {"bridges", KEY_BRIDGES, "N", 0, "Bridges that will attach, each gets a monitor (default: 1)",
     GROUP_COMMAND},
    {"env", KEY_ENV, "NAME", 0,
     "Environment variable that gets the endpoint (default: QEMU_DPI); further bridges get NAME_1, "
     "NAME_2 …",
     GROUP_COMMAND},
    {"expect-guest-status", KEY_EXPECT_GUEST_STATUS, "N", 0,
     "Require that the guest ends QEMU by itself with exit status N", GROUP_COMMAND},

    {NULL, 0, NULL, 0, "Deadlines in seconds:", GROUP_TIME},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "Whole run (default: 0, none)", GROUP_TIME},
    {"ready-timeout", KEY_READY_TIMEOUT, "SECONDS", 0,
     "From start until the guest can be attached to (default: 30)", GROUP_TIME},
    {"guest-timeout", KEY_GUEST_TIMEOUT, "SECONDS", 0,
     "From the command's end until QEMU's, with --expect-guest-status (default: 30)", GROUP_TIME},
    {"grace", KEY_GRACE, "SECONDS", 0,
     "From QEMU's end, or a signal, until the command is ended by force (default: 10)", GROUP_TIME},

    {NULL, 0, NULL, 0, "Other:", GROUP_OTHER},
    {"keep-log", KEY_KEEP_LOG, "DIR", 0,
     "Keep the guest's console, QEMU's messages and, with --interactive, the command's in DIR; not "
     "with --print-command",
     GROUP_OTHER},
    {"name", KEY_NAME, "TEXT", 0,
     "Name of this launch in messages, before the guest's lines, in the process list and file "
     "names",
     GROUP_OTHER},
    {"print-command", KEY_PRINT_COMMAND, NULL, 0,
     "Print the shell line that would start QEMU, and do nothing", GROUP_OTHER},
    {0},
};

static unsigned parse_number(struct argp_state *state, const char *option, const char *text,
                             unsigned least, unsigned most)
{
    char *end;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        argp_error(state, "--%s=%s: give a whole number from %u to %u", option, text, least, most);
    }
    return (unsigned)value;
}

static const char *parse_choice(struct argp_state *state, const char *option, const char *text,
                                const char *first, const char *second)
{
    if (strcmp(text, first) != 0 && strcmp(text, second) != 0) {
        argp_error(state, "--%s=%s: give %s or %s", option, text, first, second);
    }
    return text;
}

static const char *parse_accel(struct argp_state *state, const char *text)
{
    const size_t length = strcspn(text, ",");
    if (length != 3 || (strncmp(text, "tcg", length) != 0 && strncmp(text, "kvm", length) != 0)) {
        argp_error(state, "--accel=%s: give tcg or kvm, and properties behind a comma", text);
    }
    return text;
}

// Whole MiB only: the RAM backend, -m and maxmem must agree to the byte, and QEMU rounds other
// sizes.
static uint64_t parse_ram_mib(struct argp_state *state, const char *text)
{
    static const char suffixes[] = "MGT";
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    const char *suffix = *end != '\0' ? strchr(suffixes, toupper((unsigned char)*end)) : NULL;
    const size_t shift = suffix != NULL ? (size_t)(suffix - suffixes) * 10 : 0;
    const uint64_t most = UINT64_C(1) << 32;
    if (!isdigit((unsigned char)text[0]) || errno != 0 || suffix == NULL || end[1] != '\0' ||
        number > most >> shift || number << shift < 16) {
        argp_error(state, "--ram=%s: give a number with M, G or T, from 16M to 4096T", text);
    }
    return (uint64_t)number << shift;
}

static const char *parse_name(struct argp_state *state, const char *text)
{
    const size_t length = strlen(text);
    bool valid = length > 0 && length <= QDPI_MAX_NAME;
    for (size_t i = 0; i < length; i++) {
        valid = valid && (isalnum((unsigned char)text[i]) || strchr("._-", text[i]) != NULL);
    }
    if (!valid) {
        argp_error(state, "--name=%s: give 1 to %d letters, digits, dots, dashes or underscores",
                   text, QDPI_MAX_NAME);
    }
    return text;
}

static const char *parse_env(struct argp_state *state, const char *text)
{
    bool valid = isalpha((unsigned char)text[0]) || text[0] == '_';
    for (size_t i = 0; text[i] != '\0'; i++) {
        valid = valid && (isalnum((unsigned char)text[i]) || text[i] == '_');
    }
    if (!valid) {
        argp_error(state, "--env=%s: give the name of an environment variable", text);
    }
    return text;
}

static void check_combination(const struct argp_state *state, const struct qdpi_options *options)
{
    if (options->interactive && options->serial != NULL) {
        argp_error(state,
                   "--interactive and --serial=%s: the console cannot go to both; for a "
                   "copy in a file give --keep-log",
                   options->serial);
    }
    if (options->interactive && options->print_command) {
        argp_error(state, "--interactive and --print-command: the printed QEMU would have no "
                          "launcher to bring its console here");
    }
    if (options->gdb_symbols != NULL && !options->gdb) {
        argp_error(state, "--gdb-symbols=%s: give --gdb as well", options->gdb_symbols);
    }
    if (options->gdb_symbols != NULL && access(options->gdb_symbols, R_OK) != 0) {
        argp_error(state, "--gdb-symbols=%s: %s", options->gdb_symbols, strerror(errno));
    }
}

// A stub tells gdb the registers of the machine that QEMU is built for. gdb cannot fit the 64-bit
// ones to a 32-bit program, so such a guest is debugged in the 32-bit QEMU.
static const char narrow_qemu[] = "qemu-system-i386";

static const char *default_qemu(const struct qdpi_options *options)
{
    const bool narrow =
        options->gdb && options->kernel != NULL && qdpi_debugger_elf_bits(options->kernel) == 32;
    return narrow ? narrow_qemu : "qemu-system-x86_64";
}

static void choose_qemu(const struct argp_state *state, struct qdpi_options *options)
{
    enum { NARROW_RAM_MIB = 2048 };  // all of it below the PCI hole: above, that CPU sees none
    if (options->qemu != NULL) {
        return;
    }
    options->qemu = default_qemu(options);
    if (strcmp(options->qemu, narrow_qemu) == 0 && options->ram_mib > NARROW_RAM_MIB) {
        argp_error(state,
                   "--gdb with the 32-bit kernel %s needs %s, which has room for 2G of RAM: give "
                   "a smaller --ram, or a QEMU of your own with --qemu",
                   options->kernel, narrow_qemu);
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct qdpi_options *options = state->input;
    switch (key) {
    case KEY_MACHINE:
        options->machine = parse_choice(state, "machine", text, "pc", "q35");
        break;
    case KEY_RAM:
        options->ram_mib = parse_ram_mib(state, text);
        break;
    case KEY_RAM_FOLDER:
        free(options->ram_folder);
        options->ram_folder = realpath(text, NULL);
        if (options->ram_folder == NULL) {
            argp_error(state, "--ram-folder=%s: %s", text, strerror(errno));
        }
        break;
    case KEY_PREALLOC:
        options->prealloc = true;
        break;
    case KEY_ACCEL:
        options->accel = parse_accel(state, text);
        break;
    case KEY_CPUS:
        options->cpus = parse_number(state, "cpus", text, 1, 255);
        break;
    case KEY_KERNEL:
        options->kernel = text;
        break;
    case KEY_INITRD:
        options->initrd = text;
        break;
    case KEY_APPEND:
        options->append = text;
        break;
    case KEY_BRIDGES:
        options->bridges = parse_number(state, "bridges", text, 1, QDPI_MAX_BRIDGES);
        break;
    case KEY_SLOTS:
        options->slots = parse_number(state, "slots", text, 1, QDPI_MAX_SLOTS);
        break;
    case KEY_QEMU:
        options->qemu = text;
        break;
    case KEY_QEMU_ARG:
        options->qemu_args[options->qemu_arg_count++] = text;
        break;
    case KEY_SERIAL:
        options->serial = strcmp(text, "-") == 0 ? NULL : text;
        break;
    case KEY_ENV:
        options->env = parse_env(state, text);
        break;
    case KEY_EXPECT_GUEST_STATUS:
        options->expected_guest_status =
            (int)parse_number(state, "expect-guest-status", text, 0, 255);
        break;
    case KEY_TIMEOUT:
        options->timeout = parse_number(state, "timeout", text, 0, INT_MAX);
        break;
    case KEY_READY_TIMEOUT:
        options->ready_timeout = parse_number(state, "ready-timeout", text, 1, INT_MAX);
        break;
    case KEY_GUEST_TIMEOUT:
        options->guest_timeout = parse_number(state, "guest-timeout", text, 1, INT_MAX);
        break;
    case KEY_GRACE:
        options->grace = parse_number(state, "grace", text, 0, INT_MAX);
        break;
    case KEY_KEEP_LOG:
        options->keep_log = text;
        break;
    case KEY_NAME:
        options->name = parse_name(state, text);
        break;
    case KEY_PRINT_COMMAND:
        options->print_command = true;
        break;
    case KEY_PAUSED:
        options->paused = true;
        break;
    case KEY_INTERACTIVE:
        options->interactive = true;
        break;
    case KEY_GDB:
        options->gdb = true;
        break;
    case KEY_GDB_SYMBOLS:
        options->gdb_symbols = text;
        break;
    case ARGP_KEY_END:
        check_combination(state, options);
        choose_qemu(state, options);
        break;
    case ARGP_KEY_ARG:
        // Everything from the first plain argument on belongs to the command, its options included.
        options->command = &state->argv[state->next - 1];
        state->next = state->argc;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int qdpi_options_parse(struct qdpi_options *options, int argc, char **argv)
{
    static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "[-- COMMAND [ARGUMENT...]]",
        .doc = "Start stock QEMU so that RTL in a simulator can master the guest's memory, run "
               "COMMAND with "
               "the endpoint in its environment, and end QEMU with it."
               "\v"
               "Exit status: that of COMMAND; 123 QEMU died; 124 a time-out; 125 QEMU could not be "
               "started; "
               "126 the guest's status differs; 127 COMMAND could not be started; 128+N ended by "
               "signal N.",
    };
    const char *qemu = getenv("QEMU");
    *options = (struct qdpi_options){
        .machine = "pc",
        .ram_mib = 512,
        .accel = "tcg",
        .cpus = 1,
        .bridges = 1,
        .slots = 64,
        .qemu = qemu != NULL && qemu[0] != '\0' ? qemu : NULL,
        .env = "QEMU_DPI",
        .expected_guest_status = -1,
        .ready_timeout = 30,
        .guest_timeout = 30,
        .grace = 10,
        .qemu_args = calloc((size_t)argc + 1, sizeof(char *)),
    };
    if (options->qemu_args == NULL) {
        return -ENOMEM;
    }
    argp_err_exit_status = QDPI_EXIT_NOT_STARTED;
    return -argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, options);
}

void qdpi_options_release(struct qdpi_options *options)
{
    free(options->ram_folder);
    options->ram_folder = NULL;
    free(options->qemu_args);
    options->qemu_args = NULL;
}
