/* SPDX-FileCopyrightText: 2026 The qemu-dpi authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* One entry per interrupt vector: saves the registers as struct qdpi_interrupt_frame, calls
   qdpi_interrupt_dispatch(), restores them. */

#define VECTORS 48

    .text
    .altmacro
    .macro entry vector
    .balign 16
entry_\vector:
    /* Some exceptions come with an error code; the others get a zero: all frames look alike. */
    .if !((\vector == 8) || ((\vector >= 10) && (\vector <= 14)) || (\vector == 17))
    pushl $0
    .endif
    pushl $\vector
    jmp save_and_dispatch
    .endm

    .macro table_row vector
    .long entry_\vector
    .endm

    .set number, 0
    .rept VECTORS
    entry %number
    .set number, number + 1
    .endr

save_and_dispatch:
    pushal
    cld
    pushl %esp
    call qdpi_interrupt_dispatch
    addl $4, %esp
    popal
    addl $8, %esp
    iret

    .section .rodata
    .balign 4
    .globl qdpi_interrupt_entries
qdpi_interrupt_entries:
    .set number, 0
    .rept VECTORS
    table_row %number
    .set number, number + 1
    .endr

    .section .note.GNU-stack, "", @progbits
