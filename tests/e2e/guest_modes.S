// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// A guest that enters any paging mode at request, with page tables that somebody else has put into
// its memory. It stays in 32-bit code, which long mode runs too. The tables must show its two pages,
// 0x100000 and 0x101000, where they are.

#define CR0_PAGING 0x80000000
#define MSR_EFER 0xc0000080

    .section .text
    .global _start

    .align 4
multiboot_header:
    .long 0x1badb002, 0, -0x1badb002

_start:
    cli
next:
    pause
    mov request, %ebp
    cmp answer, %ebp
    je next
    mov %cr0, %eax
    and $~CR0_PAGING, %eax
    mov %eax, %cr0
    mov new_efer, %eax
    mov new_efer + 4, %edx
    mov $MSR_EFER, %ecx
    wrmsr
    mov new_cr4, %eax
    mov %eax, %cr4
    mov new_cr3, %eax
    mov %eax, %cr3
    mov new_cr0, %eax
    mov %eax, %cr0
    mov %ebp, answer
    jmp next

    .org 0x1000 // the second page: what is written to this one is no code
request:
    .quad 0
answer:
    .quad 0
new_cr0:
    .quad 0
new_cr3:
    .quad 0
new_cr4:
    .quad 0
new_efer:
    .quad 0
