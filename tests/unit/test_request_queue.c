// SPDX-FileCopyrightText: 2026 The qemu-dpi authors
// SPDX-License-Identifier: Apache-2.0
//
// The request queue: order, sent and unsent, answers, abandoning, and the text of a request.

#include "request_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qdpi_cmocka.h"

static void add(struct qdpi_request_queue *queue, uint64_t id)
{
    struct qdpi_request request = {.id = id, .tag = (unsigned)id * 3};

    (void)snprintf(request.command, sizeof request.command, "command-%u", (unsigned)id);
    assert_int_equal(qdpi_request_queue_add(queue, &request), 0);
}

/// Requests leave in the order they came, unsent ones are handed out one after the other, and the
/// numbers agree, whatever growing and wrapping the ring goes through.
static void test_order_across_growth_and_wrap(void **state)
{
    struct qdpi_request_queue queue = {0};
    struct qdpi_request request;
    uint64_t in = 1;
    uint64_t sent = 1;
    uint64_t out = 1;

    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        for (unsigned i = 0; i < 11; i++)
            add(&queue, in++);
        for (unsigned i = 0; i < 10; i++, sent++) {
            assert_int_equal(qdpi_request_queue_next_unsent(&queue)->id, sent);
            qdpi_request_queue_mark_sent(&queue);
        }
        for (; out + 3 < sent; out++) {
            assert_ptr_equal(qdpi_request_queue_answered(&queue, out),
                             &queue.ordinary.ring[queue.ordinary.first]);
            assert_true(qdpi_request_queue_drop(&queue, &request));
            assert_int_equal(request.id, out);
            assert_int_equal(request.tag, out * 3);
        }
        assert_int_equal(qdpi_request_queue_count(&queue), in - out);
        assert_int_equal(qdpi_request_queue_sent(&queue), sent - out);
    }
    for (; out < in; out++) {
        assert_true(qdpi_request_queue_drop(&queue, &request));
        assert_int_equal(request.id, out);
    }
    assert_false(qdpi_request_queue_drop(&queue, &request));
    assert_int_equal(qdpi_request_queue_count(&queue), 0);
    assert_int_equal(qdpi_request_queue_sent(&queue), 0);
    assert_null(qdpi_request_queue_next_unsent(&queue));
    qdpi_request_queue_free(&queue);
}

/// An answer belongs to the first request or to none: not to a later, an unsent, a past one.
static void test_answer_must_fit(void **state)
{
    struct qdpi_request_queue queue = {0};
    struct qdpi_request request;

    (void)state;
    assert_null(qdpi_request_queue_answered(&queue, 0));
    add(&queue, 5);
    add(&queue, 6);
    assert_null(qdpi_request_queue_answered(&queue, 5));
    qdpi_request_queue_mark_sent(&queue);
    qdpi_request_queue_mark_sent(&queue);
    assert_null(qdpi_request_queue_answered(&queue, 6));
    assert_null(qdpi_request_queue_answered(&queue, UINT64_MAX));
    assert_int_equal(qdpi_request_queue_answered(&queue, 5)->id, 5);
    assert_true(qdpi_request_queue_drop(&queue, &request));
    assert_null(qdpi_request_queue_answered(&queue, 5));
    assert_int_equal(qdpi_request_queue_answered(&queue, 6)->id, 6);
    qdpi_request_queue_free(&queue);
}

/// A posted request goes out with an id of one digit, and the next ones with others; by no other is
/// it answered.
static void test_answer_to_posted(void **state)
{
    enum { FIRST = 1000, COUNT = 40 };
    struct qdpi_request_queue queue = {0};
    struct qdpi_request request = {.posted = true};
    bool used[10] = {false};

    (void)state;
    for (request.id = FIRST; request.id < FIRST + COUNT; request.id++) {
        assert_int_equal(qdpi_request_queue_add(&queue, &request), 0);
        qdpi_request_queue_mark_sent(&queue);
    }
    for (uint64_t id = FIRST; id < FIRST + COUNT; id++) {
        uint64_t answers = 0;

        for (uint64_t sent = 0; sent < 2 * FIRST; sent++) {
            if (qdpi_request_queue_answered(&queue, sent) == NULL)
                continue;
            assert_true(sent >= 1 && sent <= 9 && !used[sent]);
            assert_int_equal(qdpi_request_queue_answered(&queue, sent)->id, id);
            used[sent] = true;
            answers++;
        }
        assert_int_equal(answers, 1);
        if ((id - FIRST) % 9 == 8)
            memset(used, 0, sizeof used);
        assert_true(qdpi_request_queue_drop(&queue, &request));
    }
    qdpi_request_queue_free(&queue);
}

static void expect_next(struct qdpi_request_queue *queue, uint64_t id)
{
    struct qdpi_request request;

    assert_non_null(qdpi_request_queue_answered(queue, id));
    assert_true(qdpi_request_queue_drop(queue, &request));
    assert_int_equal(request.id, id);
}

/// Urgent requests are sent before all others that have not been, in their own order; answers
/// belong to requests in the order in which those were sent; and no id is held to be gone while it
/// or an earlier one is there, in whichever lane.
static void test_urgent(void **state)
{
    struct qdpi_request_queue queue = {0};
    struct qdpi_request request = {.urgent = true};
    static const uint64_t order[] = {1, 2, 6, 7, 3, 9, 4, 5, 10};

    (void)state;
    for (uint64_t id = 1; id <= 5; id++)
        add(&queue, id);
    for (unsigned i = 0; i < 2; i++)
        qdpi_request_queue_mark_sent(&queue);
    for (request.id = 6; request.id <= 8; request.id++)
        assert_int_equal(qdpi_request_queue_add(&queue, &request), 0);
    qdpi_request_queue_abandon(&queue, 8);
    for (unsigned i = 2; i < 5; i++) {
        assert_int_equal(qdpi_request_queue_next_unsent(&queue)->id, order[i]);
        qdpi_request_queue_mark_sent(&queue);
    }
    request.id = 9;
    assert_int_equal(qdpi_request_queue_add(&queue, &request), 0);
    add(&queue, 10);
    assert_int_equal(qdpi_request_queue_count(&queue), 9);
    assert_int_equal(qdpi_request_queue_sent(&queue), 5);
    for (unsigned i = 0; i < 9; i++) {
        if (i == 3) {
            assert_true(qdpi_request_queue_holds(&queue, 3));
            assert_false(qdpi_request_queue_holds(&queue, 2));
        }
        if (i == 5) {
            // 3 is gone, 4 is not; of the urgent ones 7 is, 9 is not.
            assert_false(qdpi_request_queue_holds(&queue, 3));
            assert_true(qdpi_request_queue_holds(&queue, 7));
            for (unsigned j = i; j < 9; j++)
                qdpi_request_queue_mark_sent(&queue);
        }
        expect_next(&queue, order[i]);
        if (i == 7)
            assert_false(qdpi_request_queue_holds(&queue, 9));
    }
    // Nothing has been sent: they leave as they would have been.
    add(&queue, 11);
    request.id = 12;
    assert_int_equal(qdpi_request_queue_add(&queue, &request), 0);
    assert_true(qdpi_request_queue_drop(&queue, &request));
    assert_int_equal(request.id, 12);
    assert_true(qdpi_request_queue_drop(&queue, &request));
    assert_int_equal(request.id, 11);
    assert_false(qdpi_request_queue_drop(&queue, &request));
    qdpi_request_queue_free(&queue);
}

/// A queue holds an id as long as it or an earlier one is there.
static void test_holds(void **state)
{
    struct qdpi_request_queue queue = {0};
    struct qdpi_request request;

    (void)state;
    assert_false(qdpi_request_queue_holds(&queue, 7));
    add(&queue, 7);
    add(&queue, 8);
    assert_false(qdpi_request_queue_holds(&queue, 6));
    assert_true(qdpi_request_queue_holds(&queue, 7));
    assert_true(qdpi_request_queue_holds(&queue, 8));
    assert_true(qdpi_request_queue_holds(&queue, 9));
    assert_true(qdpi_request_queue_drop(&queue, &request));
    assert_false(qdpi_request_queue_holds(&queue, 7));
    assert_true(qdpi_request_queue_holds(&queue, 8));
    qdpi_request_queue_free(&queue);
}

/// Abandoning takes the waiter from that request alone; a request that is sent stays, one that is
/// not goes, wherever in the ring it is.
static void test_abandon(void **state)
{
    enum { UNSENT = 40 };
    struct qdpi_request_queue queue = {0};
    struct qdpi_request request = {.waiter = (struct qdpi_waiter *)(void *)&queue};

    (void)state;
    for (request.id = 1; request.id <= 3; request.id++) {
        assert_int_equal(qdpi_request_queue_add(&queue, &request), 0);
        qdpi_request_queue_mark_sent(&queue);
    }
    for (; request.id <= 3 + UNSENT; request.id++) {
        request.arguments = json_pack("{s:i}", "number", 1);
        assert_int_equal(qdpi_request_queue_add(&queue, &request), 0);
    }
    qdpi_request_queue_abandon(&queue, 2);
    qdpi_request_queue_abandon(&queue, 77);
    assert_int_equal(qdpi_request_queue_count(&queue), 3 + UNSENT);
    for (uint64_t id = 5; id <= 3 + UNSENT; id++)
        qdpi_request_queue_abandon(&queue, id);
    assert_int_equal(qdpi_request_queue_count(&queue), 4);
    assert_int_equal(qdpi_request_queue_next_unsent(&queue)->id, 4);
    qdpi_request_queue_abandon(&queue, 4);
    assert_null(qdpi_request_queue_next_unsent(&queue));
    for (uint64_t id = 1; id <= 3; id++) {
        assert_true(qdpi_request_queue_drop(&queue, &request));
        assert_int_equal(request.id, id);
        if (id == 2)
            assert_null(request.waiter);
        else
            assert_non_null(request.waiter);
    }
    qdpi_request_queue_free(&queue);
}

static void expect_text(const struct qdpi_request *request, const char *expected)
{
    const size_t length = qdpi_request_text(request, NULL, 0);
    char *text = malloc(length + 1);
    json_t *is;
    json_t *should_be = json_loads(expected, 0, NULL);

    assert_non_null(text);
    assert_non_null(should_be);
    // Counted with any room, written with enough, and never beyond it.
    for (size_t room = 0; room <= length; room++) {
        memset(text, '#', length + 1);
        assert_int_equal(qdpi_request_text(request, text, room), length);
        for (size_t i = room; i <= length; i++)
            assert_int_equal(text[i], '#');
    }
    text[length] = '\0';
    // One line: the end of line is the last byte and the only one.
    assert_ptr_equal(strchr(text, '\n'), text + length - 1);
    is = json_loads(text, 0, NULL);
    assert_true(json_equal(is, should_be));
    json_decref(is);
    json_decref(should_be);
    free(text);
}

/// Requests become one line of JSON each: plain, with arguments, through the human monitor, with
/// what must be escaped, and with the largest id.
static void test_text(void **state)
{
    struct qdpi_request request = {.id = 1, .command = "query-memdev"};

    (void)state;
    expect_text(&request, "{\"execute\": \"query-memdev\", \"id\": 1}");
    request.arguments = json_pack("{s:s}", "path", "/objects/m\n\"");
    request.id = INT64_MAX;
    (void)snprintf(request.command, sizeof request.command, "qom-get");
    expect_text(&request, "{\"execute\": \"qom-get\", \"arguments\": {\"path\": "
                          "\"/objects/m\\n\\\"\"}, \"id\": 9223372036854775807}");
    // The arguments are the request's own still, and freed once.
    expect_text(&request, "{\"execute\": \"qom-get\", \"arguments\": {\"path\": "
                          "\"/objects/m\\n\\\"\"}, \"id\": 9223372036854775807}");
    qdpi_request_free(&request);
    assert_null(request.arguments);
    request = (struct qdpi_request){
        .id = 12345678, .posted = true, .human = true, .command = "o/b 8197 1"};
    expect_text(&request, "{\"execute\": \"human-monitor-command\", \"arguments\": "
                          "{\"command-line\": \"o/b 8197 1\"}, \"id\": 1}");
}

/// Freeing a queue frees what its requests own, and leaves a queue that can be used again.
static void test_free_with_requests_inside(void **state)
{
    struct qdpi_request_queue queue = {0};
    struct qdpi_request request = {.id = 1, .arguments = json_object()};

    (void)state;
    assert_int_equal(qdpi_request_queue_add(&queue, &request), 0);
    add(&queue, 2);
    qdpi_request_queue_mark_sent(&queue);
    qdpi_request_queue_free(&queue);
    assert_int_equal(qdpi_request_queue_count(&queue), 0);
    add(&queue, 3);
    assert_int_equal(qdpi_request_queue_next_unsent(&queue)->id, 3);
    qdpi_request_queue_free(&queue);
    qdpi_request_queue_free(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_across_growth_and_wrap),
        cmocka_unit_test(test_answer_must_fit),
        cmocka_unit_test(test_answer_to_posted),
        cmocka_unit_test(test_urgent),
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_abandon),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_free_with_requests_inside),
    };
    return qdpi_run_group(tests);
}
