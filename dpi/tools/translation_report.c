// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said of one translated address.

#include "translation_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "json_output.h"
#include "map_snapshot.h"

enum {
    KIB_SHIFT = 10,
    MIB_SHIFT = 20,
    GIB_SHIFT = 30,
};

static void print_size(uint64_t size)
{
    if (size >> GIB_SHIFT != 0) {
        printf("%" PRIu64 "G", size >> GIB_SHIFT);
    } else if (size >> MIB_SHIFT != 0) {
        printf("%" PRIu64 "M", size >> MIB_SHIFT);
    } else {
        printf("%" PRIu64 "K", size >> KIB_SHIFT);
    }
}

static void print_page(const struct qdpi_translation *translation)
{
    const unsigned page = translation->page;
    fputs(", page of ", stdout);
    print_size(translation->page_size);
    printf(", %s, r%c%c", (page & QDPI_PAGE_USER) != 0 ? "user" : "kernel",
           (page & QDPI_PAGE_WRITABLE) != 0 ? 'w' : '-',
           (page & QDPI_PAGE_NO_EXECUTE) != 0 ? '-' : 'x');
    fputs((page & QDPI_PAGE_GLOBAL) != 0 ? ", global" : "", stdout);
    fputs((page & QDPI_PAGE_ACCESSED) != 0 ? ", accessed" : "", stdout);
    fputs((page & QDPI_PAGE_DIRTY) != 0 ? ", dirty" : "", stdout);
}

static void print_place(const struct qdpi_translation_report *report)
{
    const struct qdpi_memory_range *const range = report->range;
    if (range == NULL) {
        fputs("; nothing stands there", stdout);
    } else if (range->path == NULL) {
        printf("; %s", qdpi_memory_kind_name(range->kind));
    } else {
        printf("; %s, %s at offset 0x%" PRIx64, qdpi_memory_kind_name(range->kind), range->path,
               range->offset + (report->translation.gpa - range->first));
    }
    if (report->has_host) {
        printf("; in QEMU at 0x%" PRIx64, report->host);
    }
}

static void print_verification(const struct qdpi_translation_report *report)
{
    switch (report->verification) {
    case QDPI_NOT_VERIFIED:
        break;
    case QDPI_QEMU_AGREES:
        fputs("; QEMU agrees", stdout);
        break;
    case QDPI_NOT_COMPARABLE:
        fputs("; not compared: QEMU's gva2gpa may not look at reserved bits", stdout);
        break;
    case QDPI_QEMU_DIFFERS:
        if (report->qemu_has_gpa) {
            printf("; DIFFERS: QEMU says GPA 0x%" PRIx64, report->qemu_gpa);
        } else {
            fputs("; DIFFERS: QEMU says that it is not mapped", stdout);
        }
        break;
    }
}

void qdpi_translation_report_print(const struct qdpi_translation_report *report, bool steps)
{
    const struct qdpi_translation *const translation = &report->translation;
    printf("0x%" PRIx64 ": ", report->gva);
    if (report->result == 0) {
        printf("GPA 0x%" PRIx64, translation->gpa);
        print_page(translation);
        print_place(report);
    } else {
        printf("no translation: %s", report->sentence);
    }
    print_verification(report);
    putchar('\n');
    for (int i = 0; steps && i < translation->step_count; i++) {
        printf("  level %d: 0x%0*" PRIx64 " at GPA 0x%" PRIx64 "\n", translation->steps[i].level,
               (int)(2 * sizeof translation->steps[i].entry), translation->steps[i].entry,
               translation->steps[i].gpa);
    }
}

static json_t *json_steps(const struct qdpi_translation *translation)
{
    json_t *const steps = json_array();
    for (int i = 0; i < translation->step_count; i++) {
        json_array_append_new(steps,
                              json_pack("{s:i, s:o, s:o}", "level", translation->steps[i].level,
                                        "gpa", qdpi_json_address(translation->steps[i].gpa),
                                        "entry", qdpi_json_address(translation->steps[i].entry)));
    }
    return steps;
}

static void add_translation(json_t *document, const struct qdpi_translation_report *report)
{
    const struct qdpi_translation *const translation = &report->translation;
    const struct qdpi_memory_range *const range = report->range;
    const unsigned page = translation->page;
    json_object_set_new(document, "gpa", qdpi_json_address(translation->gpa));
    json_object_set_new(document, "page_size", json_integer((json_int_t)translation->page_size));
    json_object_set_new(document, "user", json_boolean((page & QDPI_PAGE_USER) != 0));
    json_object_set_new(document, "writable", json_boolean((page & QDPI_PAGE_WRITABLE) != 0));
    json_object_set_new(document, "executable", json_boolean((page & QDPI_PAGE_NO_EXECUTE) == 0));
    json_object_set_new(document, "global", json_boolean((page & QDPI_PAGE_GLOBAL) != 0));
    json_object_set_new(document, "accessed", json_boolean((page & QDPI_PAGE_ACCESSED) != 0));
    json_object_set_new(document, "dirty", json_boolean((page & QDPI_PAGE_DIRTY) != 0));
    if (range != NULL) {
        json_object_set_new(document, "kind", json_string(qdpi_memory_kind_name(range->kind)));
    }
    if (range != NULL && range->path != NULL) {
        json_object_set_new(document, "file", qdpi_json_text(range->path));
        json_object_set_new(document, "offset",
                            qdpi_json_address(range->offset + (translation->gpa - range->first)));
    }
    if (report->has_host) {
        json_object_set_new(document, "host", qdpi_json_address(report->host));
    }
}

json_t *qdpi_translation_report_json(const struct qdpi_translation_report *report)
{
    static const char *const faults[] = {
        [QDPI_FAULT_NONE] = "none",
        [QDPI_FAULT_NOT_PRESENT] = "not present",
        [QDPI_FAULT_RESERVED] = "reserved bit",
        [QDPI_FAULT_NON_CANONICAL] = "not canonical",
        [QDPI_FAULT_NO_TABLE] = "no table",
        [QDPI_FAULT_RIGHTS] = "rights",
    };
    json_t *const document =
        json_pack("{s:o, s:b, s:o}", "gva", qdpi_json_address(report->gva), "mapped",
                  report->result == 0, "steps", json_steps(&report->translation));
    if (report->result == 0) {
        add_translation(document, report);
    } else {
        json_object_set_new(document, "fault", json_string(faults[report->translation.fault]));
        json_object_set_new(document, "reason", qdpi_json_text(report->sentence));
    }
    if (report->verification == QDPI_QEMU_AGREES || report->verification == QDPI_QEMU_DIFFERS) {
        json_object_set_new(document, "qemu_agrees",
                            json_boolean(report->verification == QDPI_QEMU_AGREES));
        json_object_set_new(document, "qemu_gpa",
                            report->qemu_has_gpa ? qdpi_json_address(report->qemu_gpa)
                                                 : json_null());
    }
    return document;
}
