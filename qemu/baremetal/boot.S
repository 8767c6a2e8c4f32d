/* SPDX-FileCopyrightText: 2026 The qemu-dpi authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of a bare-metal guest: multiboot 1 header, segments, stack, then qdpi_start() in C. */

#define MULTIBOOT_HEADER_MAGIC 0x1badb002
#define MULTIBOOT_PAGE_ALIGN 1
#define MULTIBOOT_MEMORY_INFO 2
#define MULTIBOOT_FLAGS (MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO)

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define STACK_BYTES 32768

    .section .multiboot, "a"
    .balign 4
    .long MULTIBOOT_HEADER_MAGIC
    .long MULTIBOOT_FLAGS
    .long -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_FLAGS)

    .text
    .globl qdpi_boot
    .type qdpi_boot, @function
qdpi_boot:
    cli
    cld
    /* Multiboot promises no valid GDT, and an interrupt reloads CS from it. */
    lgdt gdt_pointer
    ljmp $CODE_SELECTOR, $1f
1:
    movw $DATA_SELECTOR, %cx
    movw %cx, %ds
    movw %cx, %es
    movw %cx, %fs
    movw %cx, %gs
    movw %cx, %ss
    movl $stack_top, %esp
    xorl %ebp, %ebp
    pushl %ebx
    pushl %eax
    call qdpi_start
2:
    cli
    hlt
    jmp 2b
    .size qdpi_boot, . - qdpi_boot

    .section .rodata
    .balign 8
    .globl qdpi_gdt
qdpi_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
gdt_pointer:
    .word gdt_pointer - qdpi_gdt - 1
    .long qdpi_gdt

    .bss
    .balign 16
    .skip STACK_BYTES
stack_top:

    .section .note.GNU-stack, "", @progbits
