/* SPDX-FileCopyrightText: 2026 The qemu-dpi authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* How the second processor comes from real mode, where it starts, to C. */

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define GDT_LIMIT 23
#define CR0_PROTECTION 1
#define STACK_BYTES 16384

    .section .rodata
    /* A copy of this runs, at the start of a page below 1 MiB that CS shows; DS shows it too. */
    .balign 4
    .globl qdpi_second_cpu_trampoline
    .code16
qdpi_second_cpu_trampoline:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl gdt_pointer - qdpi_second_cpu_trampoline
    movl %cr0, %eax
    orl $CR0_PROTECTION, %eax
    movl %eax, %cr0
    ljmpl $CODE_SELECTOR, $protected
    .balign 4
gdt_pointer:
    .word GDT_LIMIT
    .long qdpi_gdt
trampoline_end:

    .balign 4
    .globl qdpi_second_cpu_trampoline_bytes
qdpi_second_cpu_trampoline_bytes:
    .long trampoline_end - qdpi_second_cpu_trampoline

    .text
    .code32
protected:
    movw $DATA_SELECTOR, %cx
    movw %cx, %ds
    movw %cx, %es
    movw %cx, %fs
    movw %cx, %gs
    movw %cx, %ss
    movl $stack_top, %esp
    xorl %ebp, %ebp
    call qdpi_second_cpu_main
1:
    cli
    hlt
    jmp 1b

    .bss
    .balign 16
    .skip STACK_BYTES
stack_top:

    .section .note.GNU-stack, "", @progbits
