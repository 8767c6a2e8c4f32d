// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// Samples -> report. Reads what the benchmarks print, and writes a table, JSON and data for plots.
//
// A line `sample: SUITE CASE CONTESTANT UNIT VALUE` is what one round gave; all other lines are
// passed over. The samples of a case are compared round by round: the k-th of the contestant that
// came first, which is ours, with the k-th of each other. So what slows a machine down for a while
// slows both down. What is told is the median, and the quartiles for the spread.

#include <argp.h>
#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_CHARS 80

struct series {
    double *values;
    size_t count;
    size_t capacity;
};

struct contestant {
    char name[NAME_MAX_CHARS];
    char unit[NAME_MAX_CHARS];
    struct series samples;
};

struct bench_case {
    char suite[NAME_MAX_CHARS];
    char name[NAME_MAX_CHARS];
    struct contestant *contestants;
    size_t count;
};

struct results {
    struct bench_case *cases;
    size_t count;
};

struct summary {
    double low;
    double median;
    double high;
};

struct goal {
    char suite[NAME_MAX_CHARS];
    char pattern[NAME_MAX_CHARS];
    char contestant[NAME_MAX_CHARS]; /**< "A" or "A/B" */
    bool at_most;
    double bound;
    bool used;
};

struct goals {
    struct goal *items;
    size_t count;
};

struct options {
    const char *goals;
    const char *json;
    const char *data;
    json_t *about;
};

static void *grow(void *items, size_t count, size_t size)
{
    void *more = reallocarray(items, count, size);

    if (more == NULL) {
        (void)fprintf(stderr, "bench-report: out of memory\n");
        exit(EXIT_FAILURE);
    }
    return more;
}

// ---- Reading -----------------------------------------------------------------------------------

static struct bench_case *find_case(struct results *results, const char *suite, const char *name)
{
    struct bench_case *found;

    for (size_t i = 0; i < results->count; i++) {
        found = &results->cases[i];
        if (strcmp(found->suite, suite) == 0 && strcmp(found->name, name) == 0)
            return found;
    }
    results->cases = grow(results->cases, results->count + 1, sizeof *results->cases);
    found = &results->cases[results->count++];
    *found = (struct bench_case){.count = 0};
    (void)snprintf(found->suite, sizeof found->suite, "%s", suite);
    (void)snprintf(found->name, sizeof found->name, "%s", name);
    return found;
}

static struct contestant *find_contestant(struct bench_case *of, const char *name, const char *unit)
{
    struct contestant *found;

    for (size_t i = 0; i < of->count; i++) {
        if (strcmp(of->contestants[i].name, name) == 0)
            return &of->contestants[i];
    }
    of->contestants = grow(of->contestants, of->count + 1, sizeof *of->contestants);
    found = &of->contestants[of->count++];
    *found = (struct contestant){.samples = {.values = NULL}};
    (void)snprintf(found->name, sizeof found->name, "%s", name);
    (void)snprintf(found->unit, sizeof found->unit, "%s", unit);
    return found;
}

static void add_value(struct series *series, double value)
{
    if (series->count == series->capacity) {
        series->capacity = series->capacity == 0 ? 64 : series->capacity * 2;
        series->values = grow(series->values, series->capacity, sizeof *series->values);
    }
    series->values[series->count++] = value;
}

/** @return false: a line that says it is a sample, and is not. */
static bool read_sample(struct results *results, const char *line)
{
    char suite[NAME_MAX_CHARS];
    char name[NAME_MAX_CHARS];
    char contestant[NAME_MAX_CHARS];
    char unit[NAME_MAX_CHARS];
    double value;

    if (strncmp(line, "sample:", strlen("sample:")) != 0)
        return true;
    if (sscanf(line, "sample: %79s %79s %79s %79s %lf", suite, name, contestant, unit, &value) !=
            5 ||
        !isfinite(value)) {
        (void)fprintf(stderr, "bench-report: not `sample: SUITE CASE CONTESTANT UNIT VALUE`: %s",
                      line);
        return false;
    }
    add_value(&find_contestant(find_case(results, suite, name), contestant, unit)->samples, value);
    return true;
}

static bool read_samples(struct results *results)
{
    char line[1024];

    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!read_sample(results, line))
            return false;
    }
    if (results->count == 0)
        (void)fprintf(stderr, "bench-report: there was no sample\n");
    return results->count > 0;
}

static bool read_goals(const char *path, struct goals *goals)
{
    char line[512];
    FILE *file = fopen(path, "r");
    bool good = true;

    if (file == NULL) {
        (void)fprintf(stderr, "bench-report: open %s: %s\n", path, strerror(errno));
        return false;
    }
    while (good && fgets(line, sizeof line, file) != NULL) {
        struct goal goal = {.used = false};
        char relation[3];

        if (line[0] == '#' || strspn(line, " \n") == strlen(line))
            continue;
        if (sscanf(line, "%79s %79s %79s %2s %lf", goal.suite, goal.pattern, goal.contestant,
                   relation, &goal.bound) != 5 ||
            (strcmp(relation, "<=") != 0 && strcmp(relation, ">=") != 0)) {
            (void)fprintf(stderr, "bench-report: %s: not a goal: %s", path, line);
            good = false;
            break;
        }
        goal.at_most = relation[0] == '<';
        goals->items = grow(goals->items, goals->count + 1, sizeof *goals->items);
        goals->items[goals->count++] = goal;
    }
    (void)fclose(file);
    return good;
}

// ---- Statistics --------------------------------------------------------------------------------

static int ascending(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;

    return (left > right) - (left < right);
}

/** The value below which `part` of the sorted values lie, between two of them if need be. */
static double quantile(const double *sorted, size_t count, double part)
{
    const double place = part * (double)(count - 1);
    const size_t below = (size_t)place;
    const double rest = place - (double)below;

    return below + 1 < count ? sorted[below] + rest * (sorted[below + 1] - sorted[below])
                             : sorted[below];
}

static struct summary summarise(const double *values, size_t count)
{
    double *sorted = grow(NULL, count, sizeof *sorted);
    struct summary summary;

    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, ascending);
    summary = (struct summary){.low = quantile(sorted, count, 0.25),
                               .median = quantile(sorted, count, 0.5),
                               .high = quantile(sorted, count, 0.75)};
    free(sorted);
    return summary;
}

/** Of the ratios a/b of the rounds that both have. */
static struct summary compare(const struct series *a, const struct series *b, size_t *rounds)
{
    double *ratios;
    struct summary summary;

    *rounds = a->count < b->count ? a->count : b->count;
    ratios = grow(NULL, *rounds, sizeof *ratios);
    for (size_t i = 0; i < *rounds; i++)
        ratios[i] = a->values[i] / b->values[i];
    summary = summarise(ratios, *rounds);
    free(ratios);
    return summary;
}

// ---- Writing -----------------------------------------------------------------------------------

struct report {
    struct goals goals;
    json_t *figures;
    FILE *data; /**< or NULL */
    size_t missed;
};

static struct goal *find_goal(struct goals *goals, const struct bench_case *of, const char *subject)
{
    for (size_t i = 0; i < goals->count; i++) {
        struct goal *goal = &goals->items[i];

        if (strcmp(goal->suite, of->suite) == 0 && strcmp(goal->contestant, subject) == 0 &&
            fnmatch(goal->pattern, of->name, 0) == 0)
            return goal;
    }
    return NULL;
}

/** One figure: a contestant, or a ratio of two. */
static void tell(struct report *report, const struct bench_case *of, const char *subject,
                 const char *unit, const struct summary *summary, size_t rounds)
{
    struct goal *goal = find_goal(&report->goals, of, subject);
    json_t *figure =
        json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:I}", "suite", of->suite, "case", of->name,
                  "subject", subject, "unit", unit, "median", summary->median, "low", summary->low,
                  "high", summary->high, "rounds", (json_int_t)rounds);

    (void)printf("  %-34s %10.4g %-14s %10.4g to %-10.4g %5zu", subject, summary->median, unit,
                 summary->low, summary->high, rounds);
    if (goal != NULL) {
        const bool met =
            goal->at_most ? summary->median <= goal->bound : summary->median >= goal->bound;

        goal->used = true;
        report->missed += !met;
        (void)printf("  goal %s %g: %s", goal->at_most ? "<=" : ">=", goal->bound,
                     met ? "met" : "MISSED");
        (void)json_object_set_new(figure, "goal", json_real(goal->bound));
        (void)json_object_set_new(figure, "met", json_boolean(met));
    }
    (void)printf("\n");
    if (report->data != NULL) {
        (void)fprintf(report->data, "%s\t%s\t%s\t%s\t%g\t%g\t%g\n", of->suite, of->name, subject,
                      unit, summary->median, summary->low, summary->high);
    }
    (void)json_array_append_new(report->figures, figure);
}

/** The ratio of two contestants: of ours to each other, and of others where a goal asks for it. */
static void tell_ratio(struct report *report, const struct bench_case *of,
                       const struct contestant *one, const struct contestant *other)
{
    char subject[2 * NAME_MAX_CHARS];
    struct summary summary;
    size_t rounds;

    (void)snprintf(subject, sizeof subject, "%s/%s", one->name, other->name);
    if (strcmp(one->unit, other->unit) != 0 ||
        (one != &of->contestants[0] && find_goal(&report->goals, of, subject) == NULL))
        return;
    summary = compare(&one->samples, &other->samples, &rounds);
    tell(report, of, subject, "ratio", &summary, rounds);
}

static void tell_case(struct report *report, const struct bench_case *of)
{
    struct summary summary;

    (void)printf("%s %s\n", of->suite, of->name);
    for (size_t i = 0; i < of->count; i++) {
        const struct contestant *one = &of->contestants[i];

        summary = summarise(one->samples.values, one->samples.count);
        tell(report, of, one->name, one->unit, &summary, one->samples.count);
    }
    for (size_t i = 0; i < of->count; i++) {
        for (size_t j = 0; j < of->count; j++) {
            if (i != j)
                tell_ratio(report, of, &of->contestants[i], &of->contestants[j]);
        }
    }
}

/** A goal that nothing was compared with is as bad as one that was missed: somebody renamed a case.
 */
static size_t tell_unused_goals(const struct report *report, const struct results *results)
{
    size_t unused = 0;

    for (size_t i = 0; i < report->goals.count; i++) {
        const struct goal *goal = &report->goals.items[i];
        bool suite_ran = false;

        for (size_t j = 0; j < results->count; j++)
            suite_ran = suite_ran || strcmp(results->cases[j].suite, goal->suite) == 0;
        if (goal->used || !suite_ran)
            continue;
        (void)printf("goal without a figure: %s %s %s\n", goal->suite, goal->pattern,
                     goal->contestant);
        unused++;
    }
    return unused;
}

static int write_report(const struct options *options, const struct results *results)
{
    struct report report = {.figures = json_array()};
    json_t *all;
    size_t unused;
    int result = EXIT_SUCCESS;

    if (options->goals != NULL && !read_goals(options->goals, &report.goals))
        return EXIT_FAILURE;
    if (options->data != NULL) {
        report.data = fopen(options->data, "w");
        if (report.data == NULL) {
            (void)fprintf(stderr, "bench-report: open %s: %s\n", options->data, strerror(errno));
            return EXIT_FAILURE;
        }
    }
    (void)printf("  %-34s %10s %-14s %24s %5s\n", "", "median", "unit", "quartiles", "rounds");
    for (size_t i = 0; i < results->count; i++)
        tell_case(&report, &results->cases[i]);
    unused = tell_unused_goals(&report, results);
    (void)printf("%zu goals missed, %zu without a figure\n", report.missed, unused);
    if (report.data != NULL && fclose(report.data) != 0)
        result = EXIT_FAILURE;
    all = json_pack("{s:O, s:o}", "about", options->about, "figures", report.figures);
    if (options->json != NULL && json_dump_file(all, options->json, JSON_INDENT(1)) != 0) {
        (void)fprintf(stderr, "bench-report: cannot write %s\n", options->json);
        result = EXIT_FAILURE;
    }
    json_decref(all);
    free(report.goals.items);
    return result != EXIT_SUCCESS ? result : report.missed + unused > 0 ? 2 : EXIT_SUCCESS;
}

// ---- Command line ------------------------------------------------------------------------------

enum {
    OPTION_GOALS = 0x100,
    OPTION_JSON,
    OPTION_DATA,
    OPTION_ABOUT,
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    char *value;

    switch (key) {
    case OPTION_GOALS:
        options->goals = argument;
        return 0;
    case OPTION_JSON:
        options->json = argument;
        return 0;
    case OPTION_DATA:
        options->data = argument;
        return 0;
    case OPTION_ABOUT:
        value = strchr(argument, '=');
        if (value == NULL)
            argp_error(state, "--about=%s: not NAME=VALUE", argument);
        *value = '\0';
        (void)json_object_set_new(options->about, argument, json_string(value + 1));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp_option option_table[] = {
        {.name = "goals", .key = OPTION_GOALS, .arg = "FILE", .doc = "Compare with these goals"},
        {.name = "json", .key = OPTION_JSON, .arg = "FILE", .doc = "Write all figures"},
        {.name = "data",
         .key = OPTION_DATA,
         .arg = "FILE",
         .doc = "Write them for plots, with tabs"},
        {.name = "about",
         .key = OPTION_ABOUT,
         .arg = "NAME=VALUE",
         .doc = "Say in the JSON where they were taken"},
        {0},
    };
    static const struct argp argp = {
        .options = option_table,
        .parser = parse_option,
        .doc = "Reads samples of benchmarks from standard input and prints a table.\v"
               "Exit status: 0 all goals met, 2 not, 1 a sample or a file cannot be read.",
    };
    struct options options = {.about = json_object()};
    struct results results = {.cases = NULL};
    int status = EXIT_FAILURE;

    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0)
        return EXIT_FAILURE;
    if (read_samples(&results))
        status = write_report(&options, &results);
    for (size_t i = 0; i < results.count; i++) {
        for (size_t j = 0; j < results.cases[i].count; j++)
            free(results.cases[i].contestants[j].samples.values);
        free(results.cases[i].contestants);
    }
    free(results.cases);
    json_decref(options.about);
    return status;
}
