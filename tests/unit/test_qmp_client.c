// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The QMP client against a scripted peer: order, deadlines, and every way a peer can misbehave.

#include "qmp_client.h"
#include "qmp_io.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deadline.h"
#include "fake_qmp.h"
#include "qdpi_cmocka.h"

#define PATIENCE_MS 30000U

/** What the callbacks have seen. */
struct fixture {
    struct fake_qmp *fake;
    struct qdpi_qmp_client *client;
    struct qdpi_error error;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t events;
    char last_event[64];
    size_t lost;
    char reason[QDPI_ERROR_TEXT_MAX];
};

static void on_event(void *context, struct qdpi_qmp_client *client, const char *name,
                     const json_t *data)
{
    struct fixture *f = context;

    (void)client;
    (void)data;
    pthread_mutex_lock(&f->mutex);
    f->events++;
    (void)snprintf(f->last_event, sizeof f->last_event, "%s", name);
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->mutex);
}

static void on_posted(void *context, unsigned tag, int result, const char *sentence)
{
    (void)context;
    (void)tag;
    (void)result;
    (void)sentence;
}

static void on_lost(void *context, const char *sentence)
{
    struct fixture *f = context;

    pthread_mutex_lock(&f->mutex);
    f->lost++;
    (void)snprintf(f->reason, sizeof f->reason, "%s", sentence);
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->mutex);
}

static void await(struct fixture *f, const size_t *what, size_t least)
{
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);
    int result = 0;
    bool reached;

    pthread_mutex_lock(&f->mutex);
    while (*what < least && result == 0)
        result = pthread_cond_timedwait(&f->changed, &f->mutex, &deadline);
    reached = *what >= least;
    pthread_mutex_unlock(&f->mutex);
    assert_true(reached);
}

static int adopt(struct fixture *f, unsigned timeout_ms, const char *greeting)
{
    const struct qdpi_qmp_callbacks callbacks = {
        .context = f, .event = on_event, .posted = on_posted, .lost = on_lost};
    const struct timespec answer_by = qdpi_deadline_in(timeout_ms);
    int fd;

    f->fake = fake_qmp_pair(&fd);
    assert_non_null(f->fake);
    fake_qmp_set_string(f->fake, "hmp:", "");
    fake_qmp_set(f->fake, "ping", FAKE_QMP_ANSWER, "\"return\": \"pong\"");
    fake_qmp_set(f->fake, "stop", FAKE_QMP_ANSWER, NULL);
    if (greeting != NULL)
        fake_qmp_greet(f->fake, greeting);
    return qdpi_qmp_adopt(fd, "fake", &answer_by, &callbacks, &f->client, &f->error);
}

static struct fixture *bare(void)
{
    static struct fixture f;

    memset(&f, 0, sizeof f);
    pthread_mutex_init(&f.mutex, NULL);
    qdpi_condition_init(&f.changed);
    return &f;
}

static int start_bare(void **state)
{
    *state = bare();
    return 0;
}

static int start(void **state)
{
    struct fixture *f = bare();

    *state = f;
    return adopt(f, PATIENCE_MS, FAKE_QMP_GREETING);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    qdpi_qmp_close(f->client);
    fake_qmp_stop(f->fake);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->mutex);
    return 0;
}

static int execute(struct fixture *f, const char *command, unsigned timeout_ms, json_t **answer)
{
    const struct timespec deadline = qdpi_deadline_in(timeout_ms);

    f->error.text[0] = '\0';
    return qdpi_qmp_execute(f->client, command, NULL, &deadline, answer, &f->error);
}

static bool says(const struct fixture *f, const char *words)
{
    return strstr(f->error.text, words) != NULL;
}

static void expect_pong(struct fixture *f)
{
    json_t *answer;

    assert_int_equal(execute(f, "ping", PATIENCE_MS, &answer), 0);
    assert_string_equal(json_string_value(answer), "pong");
    json_decref(answer);
}

static void expect_lost(struct fixture *f, const char *words)
{
    await(f, &f->lost, 1);
    assert_int_equal(f->lost, 1);
    if (strstr(f->reason, words) == NULL)
        fail_msg("lost because: %s", f->reason);
    assert_int_equal(execute(f, "ping", PATIENCE_MS, NULL), -ENOTCONN);
    assert_string_equal(f->error.text, f->reason);
    assert_int_equal(qdpi_qmp_post(f->client, "stop", 1), -ENOTCONN);
}

/// Answers reach who asked; a refusal is quoted; human output is handed out as it is.
static void test_answers(void **state)
{
    struct fixture *f = *state;
    const struct timespec deadline = qdpi_deadline_in(PATIENCE_MS);
    char *output;

    expect_pong(f);
    fake_qmp_set_error(f->fake, "fly", "no wings");
    assert_int_equal(execute(f, "fly", PATIENCE_MS, NULL), -EIO);
    assert_true(says(f, "\"fly\"") && says(f, "no wings"));
    fake_qmp_set_string(f->fake, "hmp:info x", "one\r\ntwo \"three\"\r\n");
    assert_int_equal(qdpi_qmp_human(f->client, "info x", &deadline, &output, &f->error), 0);
    assert_string_equal(output, "one\r\ntwo \"three\"\r\n");
    free(output);
    fake_qmp_set(f->fake, "hmp:info y", FAKE_QMP_ANSWER, "\"return\": 7");
    f->error.text[0] = '\0';
    assert_int_equal(qdpi_qmp_human(f->client, "info y", &deadline, &output, &f->error), -EPROTO);
    assert_null(output);
}

/// An answer, with events glued around it, is understood wherever it is cut in two; the peer waits
/// with the second part until the first has been read.
static void test_split_at_every_byte(void **state)
{
    struct fixture *f = *state;
    size_t rounds = 0;

    fake_qmp_precede(f->fake, "ping", "{\"event\": \"A\", \"data\": {\"x\": \"}{\\\\\\\"\"}}");
    for (size_t at = 1; at < 72; at++, rounds++) {
        fake_qmp_split(f->fake, at);
        expect_pong(f);
        assert_int_equal(f->events, rounds + 1);
    }
}

static void *greet(void *fake)
{
    fake_qmp_greet(fake, FAKE_QMP_GREETING);
    return NULL;
}

/// The greeting and the first answer, cut in two at every byte.
static void test_greeting_split_at_every_byte(void **state)
{
    struct fixture *f = *state;
    const size_t length = strlen(FAKE_QMP_GREETING);

    for (size_t at = 1; at < length; at++) {
        const struct qdpi_qmp_callbacks callbacks = {
            .context = f, .event = on_event, .posted = on_posted, .lost = on_lost};
        const struct timespec answer_by = qdpi_deadline_in(PATIENCE_MS);
        pthread_t greeter;
        int fd;

        f->fake = fake_qmp_pair(&fd);
        assert_non_null(f->fake);
        fake_qmp_split(f->fake, at);
        assert_int_equal(pthread_create(&greeter, NULL, greet, f->fake), 0);
        assert_int_equal(qdpi_qmp_adopt(fd, "fake", &answer_by, &callbacks, &f->client, NULL), 0);
        assert_int_equal(pthread_join(greeter, NULL), 0);
        qdpi_qmp_close(f->client);
        f->client = NULL;
        fake_qmp_stop(f->fake);
        f->fake = NULL;
    }
    assert_int_equal(f->lost, 0);
}

/// Events in one piece with the greeting are of the last client's time: QEMU itself sends none
/// before the capabilities are negotiated. They are passed over; those that come later are not.
static void test_event_behind_greeting(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        adopt(f, PATIENCE_MS, FAKE_QMP_GREETING "{\"event\": \"EARLY\"}{\"event\": \"BIRD\"}"), 0);
    assert_true(fake_qmp_event(f->fake, "OWL", NULL));
    expect_pong(f);
    await(f, &f->events, 1);
    assert_string_equal(f->last_event, "OWL");
    assert_int_equal(f->events, 1);
}

/// So are answers: QEMU may have been at a command of the last client's when that one left. It may
/// even have been the same command as ours.
static void test_answer_behind_greeting(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(adopt(f, PATIENCE_MS,
                           FAKE_QMP_GREETING "{\"return\": {}, \"id\": 1}\r\n"
                                             "{\"error\": {\"desc\": \"no\"}, \"id\": 7}\r\n"),
                     0);
    expect_pong(f);
    fake_qmp_set(f->fake, "ping", FAKE_QMP_RAW, "{\"return\": {}, \"id\": 1}\r\n");
    assert_int_equal(execute(f, "ping", PATIENCE_MS, NULL), -ENOTCONN);
    expect_lost(f, "answered a request that was not made");
}

/// A million bytes in one answer arrive; 17 million are refused, without end or crash.
static void test_huge_answers(void **state)
{
    struct fixture *f = *state;
    const size_t sizes[] = {(size_t)1 << 20, (size_t)17 << 20};
    char *text = malloc(((size_t)17 << 20) + 1);
    json_t *answer;

    assert_non_null(text);
    memset(text, 'm', (size_t)17 << 20);
    text[sizes[0]] = '\0';
    fake_qmp_set_string(f->fake, "big", text);
    assert_int_equal(execute(f, "big", PATIENCE_MS, &answer), 0);
    assert_int_equal(json_string_length(answer), sizes[0]);
    json_decref(answer);
    text[sizes[0]] = 'm';
    text[sizes[1]] = '\0';
    fake_qmp_set_string(f->fake, "big", text);
    free(text);
    assert_int_equal(execute(f, "big", PATIENCE_MS, NULL), -ENOTCONN);
    expect_lost(f, "16 MiB");
}

/// Nested 1000 deep: as an event, it is one that nobody knows; as an answer, it arrives.
static void test_deep_nesting(void **state)
{
    struct fixture *f = *state;
    char text[2200] = "\"return\": ";
    const size_t start_at = strlen(text);
    json_t *answer;

    memset(text + start_at, '[', 1000);
    memset(text + start_at + 1000, ']', 1000);
    fake_qmp_set(f->fake, "deep", FAKE_QMP_ANSWER, text);
    assert_int_equal(execute(f, "deep", PATIENCE_MS, &answer), 0);
    assert_true(json_is_array(answer));
    json_decref(answer);
    text[start_at + 2000] = '\0';
    assert_true(fake_qmp_event(f->fake, "DEEP", text + start_at));
    await(f, &f->events, 1);
    expect_pong(f);
}

/// Nonsense of every kind ends the connection with a sentence that says what it was; who waits for
/// an answer is told at once.
static void test_nonsense(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"garbage\r\n", "not a JSON object"},
        {"{\"return\": {}, \"id\": 999}\r\n", "request that was not made"},
        {"{\"return\": {}, \"id\": 0}\r\n", "request that was not made"},
        {"{\"return\": {}, \"id\": -1}\r\n", "request that was not made"},
        {"{\"return\": {}, \"id\": \"2\"}\r\n", "request that was not made"},
        {"{\"return\": {}}\r\n", "request that was not made"},
        {"{\"error\": {\"class\": \"GenericError\", \"desc\": \"parse\"}}", "was not made"},
        {"{\"hello\": 1}\r\n", "neither event nor answer"},
        {"{\"event\": 7}\r\n", "neither event nor answer"},
        {"{}\r\n", "neither event nor answer"},
        {"[1]\r\n", "not a JSON object"},
        {"{\"event\": \"A\" \"B\"}\r\n", "not valid JSON"},
        {"{\"event\": \"\xff\"}\r\n", "not valid JSON"},
        {"}\r\n", "not a JSON object"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(adopt(f, PATIENCE_MS, FAKE_QMP_GREETING), 0);
        fake_qmp_set(f->fake, "odd", FAKE_QMP_RAW, cases[i].text);
        assert_int_equal(execute(f, "odd", PATIENCE_MS, NULL), -ENOTCONN);
        expect_lost(f, cases[i].words);
        qdpi_qmp_close(f->client);
        f->client = NULL;
        fake_qmp_stop(f->fake);
        f->fake = NULL;
        f->lost = 0;
    }
}

/// An answer's id may be a real number: where one number of a message needs 64 bits, the reader
/// makes reals of all. But it has to be the id.
static void test_real_ids(void **state)
{
    struct fixture *f = *state;
    json_t *answer;

    fake_qmp_set(f->fake, "ping", FAKE_QMP_ANSWER, "\"return\": [18446744073709551615, 1]");
    assert_int_equal(execute(f, "ping", PATIENCE_MS, &answer), 0);
    assert_true(json_real_value(json_array_get(answer, 0)) > 1.8e19);
    json_decref(answer);
    fake_qmp_set(f->fake, "ping", FAKE_QMP_RAW, "{\"return\": {}, \"id\": 3.5}");
    assert_int_equal(execute(f, "ping", PATIENCE_MS, NULL), -ENOTCONN);
    expect_lost(f, "answered a request that was not made");
    // Who is not listened to any longer is told so, and does not go on writing.
    assert_true(fake_qmp_await_gone(f->fake));
}

/// The peer hangs up in the middle of a command, of an answer, or of an event.
static void test_hang_up(void **state)
{
    static const char *const texts[] = {NULL, "{\"return\": {", "{\"event\": \"A\"}{\"eve"};
    struct fixture *f = *state;

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(adopt(f, PATIENCE_MS, FAKE_QMP_GREETING), 0);
        fake_qmp_set(f->fake, "die", FAKE_QMP_HANG_UP, texts[i]);
        assert_int_equal(execute(f, "die", PATIENCE_MS, NULL), -ENOTCONN);
        assert_true(says(f, "attach again"));
        expect_lost(f, "attach again");
        qdpi_qmp_close(f->client);
        f->client = NULL;
        fake_qmp_stop(f->fake);
        f->fake = NULL;
        f->lost = 0;
    }
}

/// No answer: the deadline ends the wait; an answer that comes late is dropped, not taken for that
/// of the next request.
static void test_silence_and_late_answer(void **state)
{
    struct fixture *f = *state;
    const unsigned long long id = f->client->next_id;
    char answers[128];
    json_t *answer;

    fake_qmp_set(f->fake, "sleep", FAKE_QMP_SILENT, NULL);
    assert_int_equal(execute(f, "sleep", 200, NULL), -ETIMEDOUT);
    assert_true(says(f, "\"sleep\"") && says(f, "hangs or is stopped"));
    assert_true(fake_qmp_await(f->fake, "sleep", 1));
    // The late answer comes while the next request waits.
    (void)snprintf(answers, sizeof answers,
                   "{\"return\": \"late\", \"id\": %llu}{\"return\": \"pong\", \"id\": %llu}", id,
                   id + 1);
    fake_qmp_set(f->fake, "ping", FAKE_QMP_RAW, answers);
    assert_int_equal(execute(f, "ping", PATIENCE_MS, &answer), 0);
    assert_string_equal(json_string_value(answer), "pong");
    json_decref(answer);
    assert_int_equal(f->lost, 0);
}

/// A peer that greets and then falls silent does not hold up a connect for ever.
static void test_silence_after_greeting(void **state)
{
    struct fixture *f = *state;
    int fd;
    const struct qdpi_qmp_callbacks callbacks = {
        .context = f, .event = on_event, .posted = on_posted, .lost = on_lost};
    struct timespec answer_by;

    f->fake = fake_qmp_pair(&fd);
    fake_qmp_set(f->fake, "qmp_capabilities", FAKE_QMP_SILENT, NULL);
    fake_qmp_greet(f->fake, FAKE_QMP_GREETING);
    answer_by = qdpi_deadline_in(300);
    assert_int_equal(qdpi_qmp_adopt(fd, "fake", &answer_by, &callbacks, &f->client, &f->error),
                     -ETIMEDOUT);
    assert_null(f->client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, start, tear_down),
        cmocka_unit_test_setup_teardown(test_split_at_every_byte, start, tear_down),
        cmocka_unit_test_setup_teardown(test_greeting_split_at_every_byte, start_bare, tear_down),
        cmocka_unit_test_setup_teardown(test_event_behind_greeting, start_bare, tear_down),
        cmocka_unit_test_setup_teardown(test_answer_behind_greeting, start_bare, tear_down),
        cmocka_unit_test_setup_teardown(test_huge_answers, start, tear_down),
        cmocka_unit_test_setup_teardown(test_deep_nesting, start, tear_down),
        cmocka_unit_test_setup_teardown(test_nonsense, start_bare, tear_down),
        cmocka_unit_test_setup_teardown(test_real_ids, start, tear_down),
        cmocka_unit_test_setup_teardown(test_hang_up, start_bare, tear_down),
        cmocka_unit_test_setup_teardown(test_silence_and_late_answer, start, tear_down),
        cmocka_unit_test_setup_teardown(test_silence_after_greeting, start_bare, tear_down),
    };
    return qdpi_run_group(tests);
}
