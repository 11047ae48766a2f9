"""After each attempt: done, wait or stop. The table in `reconciler.scim.protocol`, row by row."""

from __future__ import annotations

import pytest

from reconciler.errors import (
    ConflictError,
    NotFoundError,
    NotScimError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    StaleVersionError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)
from reconciler.model.exchange import LASTING, NEVER_SENT, Failure, Fault
from reconciler.model.identity import Kind
from reconciler.model.profile.clauses import Errors
from reconciler.scim.answers import Answer, NotScim, Refusal
from reconciler.scim.calls import Call, Method
from reconciler.scim.protocol import Attempt, Done, Limits, Stop, Wait, decide

READ = Call(Method.GET, Kind.USER, "/Users/7", "read user 7")
WRITES = [Call(m, Kind.USER, "/Users/7", "update user 7") for m in Method if m is not Method.GET]
WRITE = Call(Method.PATCH, Kind.USER, "/Users/7", "update user 7")
FIRST = Attempt(1, 0.0, 0.5)
LAST = Attempt(4, 9.0, 0.5)
LIMITS = Limits()


def stopped(
    call: Call, attempt: Attempt, result: Answer | Refusal | NotScim | Failure
) -> ProviderError:
    decision = decide(call, attempt, result, LIMITS)
    assert isinstance(decision, Stop)
    return decision.error


@pytest.mark.parametrize("call", [READ, *WRITES], ids=lambda c: c.method)
def test_success_is_done(call: Call) -> None:
    answer = Answer(200, {"id": "7"})
    assert decide(call, FIRST, answer, LIMITS) == Done(answer)


@pytest.mark.parametrize("call", WRITES, ids=lambda c: c.method)
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_write_may_be_answered_without_a_body(call: Call, status: int) -> None:
    assert decide(call, FIRST, Answer(status), LIMITS) == Done(Answer(status))


def test_an_empty_answer_to_a_read_proves_nothing() -> None:
    error = stopped(READ, FIRST, Answer(200))
    assert type(error) is NotScimError
    assert error.message == "cannot read user 7: the answer (status 200) is empty, not SCIM"


@pytest.mark.parametrize("call", WRITES, ids=lambda c: c.method)
@pytest.mark.parametrize("fault", sorted(set(Fault) - NEVER_SENT))
def test_a_write_without_an_answer_is_unknown_and_never_sent_again(
    call: Call, fault: Fault
) -> None:
    error = stopped(call, FIRST, Failure(fault))
    assert type(error) is OutcomeUnknownError
    assert error.message == f"tried to update user 7, and it may or may not have been done: {fault}"


@pytest.mark.parametrize("call", WRITES, ids=lambda c: c.method)
@pytest.mark.parametrize("status", [408, 502, 504, 520, 524])
def test_a_gateway_that_answers_for_the_provider_leaves_a_write_unknown(
    call: Call, status: int
) -> None:
    assert type(stopped(call, FIRST, Refusal(status))) is OutcomeUnknownError


@pytest.mark.parametrize("call", WRITES, ids=lambda c: c.method)
def test_a_web_page_after_a_write_leaves_it_unknown(call: Call) -> None:
    error = stopped(call, FIRST, NotScim(200, "a web page"))
    assert type(error) is OutcomeUnknownError
    assert error.message.endswith("the answer is a web page, not SCIM")


@pytest.mark.parametrize("call", [READ, *WRITES], ids=lambda c: c.method)
def test_a_web_page_with_status_404_is_no_answer_and_did_nothing(call: Call) -> None:
    assert type(stopped(call, FIRST, NotScim(404, "a web page"))) is NotScimError


@pytest.mark.parametrize("call", [READ, *WRITES], ids=lambda c: c.method)
@pytest.mark.parametrize("fault", sorted(NEVER_SENT - LASTING))
def test_what_was_never_sent_is_tried_again_and_then_unreachable(call: Call, fault: Fault) -> None:
    assert [decide(call, Attempt(n, 0.0, 1.0), Failure(fault), LIMITS) for n in range(1, 4)] == [
        Wait(0.5),
        Wait(1.0),
        Wait(2.0),
    ]
    error = stopped(call, LAST, Failure(fault))
    assert type(error) is UnreachableError
    assert error.message == f"cannot {call.doing}: {fault}; nothing was sent"


@pytest.mark.parametrize("call", [READ, *WRITES], ids=lambda c: c.method)
@pytest.mark.parametrize("fault", sorted(NEVER_SENT & LASTING))
def test_what_another_try_cannot_cure_is_not_tried_again(call: Call, fault: Fault) -> None:
    assert type(stopped(call, FIRST, Failure(fault))) is UnreachableError


@pytest.mark.parametrize("fault", sorted(set(Fault) - NEVER_SENT - LASTING))
def test_a_read_without_an_answer_is_tried_again_and_then_fails(fault: Fault) -> None:
    assert decide(READ, FIRST, Failure(fault), LIMITS) == Wait(0.375)
    error = stopped(READ, LAST, Failure(fault))
    assert type(error) is ProviderError
    assert error.message == f"cannot read user 7: {fault}"


@pytest.mark.parametrize("status", [408, 500, 501, 502, 504, 520])
def test_a_read_is_tried_again_after_a_server_error(status: int) -> None:
    assert decide(READ, FIRST, Refusal(status), LIMITS) == Wait(0.375)
    error = stopped(READ, LAST, Refusal(status))
    assert isinstance(error, RejectedError)
    assert error.status == status


@pytest.mark.parametrize("call", WRITES, ids=lambda c: c.method)
@pytest.mark.parametrize("status", [500, 501, 505])
def test_a_server_error_of_the_provider_itself_ends_a_write(call: Call, status: int) -> None:
    error = stopped(call, FIRST, Refusal(status))
    assert type(error) is RejectedError
    assert error.status == status


@pytest.mark.parametrize("call", WRITES, ids=lambda c: c.method)
@pytest.mark.parametrize(("retry_after", "pause"), [(None, 0.0), (13.0, 13.0), (9e9, 300.0)])
def test_a_write_answered_503_may_have_been_done_and_nobody_sends_for_a_while(
    call: Call, retry_after: float | None, pause: float
) -> None:
    stop = decide(call, FIRST, Refusal(503, retry_after=retry_after), LIMITS)
    assert isinstance(stop, Stop)
    assert type(stop.error) is OutcomeUnknownError
    assert stop.pause == pause


@pytest.mark.parametrize(
    ("call", "status"),
    [(READ, 429), (READ, 503), *((write, 429) for write in WRITES)],
    ids=lambda each: each.method if isinstance(each, Call) else str(each),
)
class TestThrottling:
    def test_the_time_that_is_asked_for_is_waited_by_everybody(
        self, call: Call, status: int
    ) -> None:
        asked = Refusal(status, retry_after=13.0)
        assert decide(call, FIRST, asked, LIMITS) == Wait(13.25, everybody=True)

    @pytest.mark.parametrize("retry_after", [None, 0.0])
    def test_without_a_time_the_wait_doubles_up_to_a_cap(
        self, call: Call, status: int, retry_after: float | None
    ) -> None:
        waits = [
            decide(call, Attempt(n, 0.0, 1.0), Refusal(status, retry_after=retry_after), LIMITS)
            for n in (1, 2, 3, 10)
        ]
        assert waits == [Wait(s, everybody=True) for s in (0.5, 1.0, 2.0, 30.0)]

    def test_a_longer_wait_than_the_budget_is_not_begun(self, call: Call, status: int) -> None:
        refusal = Refusal(status, retry_after=3600.0, request_id="r1")
        error = stopped(call, Attempt(2, 12.0, 0.5), refusal)
        assert isinstance(error, ThrottledError)
        assert (error.status, error.request_id) == (status, "r1")
        assert error.message == (
            f"cannot {call.doing}: the service provider still answers {status} after 12 s of "
            "waiting, asking for 3600 s more"
        )

    def test_a_provider_that_always_asks_for_no_wait_is_left_in_the_end(
        self, call: Call, status: int
    ) -> None:
        attempt = Attempt(20, 0.0, 0.0)
        assert isinstance(stopped(call, attempt, Refusal(status, retry_after=0.0)), ThrottledError)


@pytest.mark.parametrize("call", [READ, *WRITES], ids=lambda c: c.method)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, RejectedError),
        (400, RejectedError),
        (401, UnauthorizedError),
        (403, UnauthorizedError),
        (404, NotFoundError),
        (409, ConflictError),
        (412, StaleVersionError),
        (413, RejectedError),
    ],
)
def test_a_refusal_is_final_and_has_its_class(
    call: Call, status: int, kind: type[RejectedError]
) -> None:
    refusal = Refusal(status, "no", "invalidValue", None, "r1")
    error = stopped(call, FIRST, refusal)
    assert type(error) is kind
    assert isinstance(error, RejectedError)
    assert (error.status, error.scim_type, error.request_id) == (status, "invalidValue", "r1")
    assert error.message == (
        f"cannot {call.doing}: the service provider answered {status} (invalidValue): no"
    )


def test_a_refused_token_and_a_redirect_come_with_advice() -> None:
    assert "credential" in (stopped(READ, FIRST, Refusal(401)).hint or "")
    assert "final address" in (stopped(READ, FIRST, Refusal(301)).hint or "")


@pytest.mark.parametrize("jitter", [0.0, 0.25, 1.0])
def test_clients_that_failed_together_do_not_come_back_together(jitter: float) -> None:
    decision = decide(READ, Attempt(1, 0.0, jitter), Refusal(500), LIMITS)
    assert decision == Wait(0.25 + jitter / 4)
    decision = decide(WRITE, Attempt(1, 0.0, jitter), Refusal(429, retry_after=5.0), LIMITS)
    assert decision == Wait(5.0 + jitter / 2, everybody=True)


def test_an_answer_that_is_too_large_is_told_what_makes_it_smaller() -> None:
    decision = decide(READ, FIRST, Failure(Fault.TOO_LARGE), LIMITS)
    assert isinstance(decision, Stop)
    assert "smaller pageMax" in str(decision.error.hint)


NOT_NOW = LIMITS.at(Errors(retried=(409, 503), wait=20.0))


@pytest.mark.parametrize("call", [READ, *WRITES], ids=lambda c: c.method)
@pytest.mark.parametrize("status", [409, 503])
def test_what_the_profile_says_is_not_done_is_tried_again_by_itself(
    call: Call, status: int
) -> None:
    decision = decide(call, FIRST, Refusal(status), NOT_NOW)
    assert decision == Wait(0.375, everybody=False)
    assert decide(call, FIRST, Refusal(status, retry_after=7.0), NOT_NOW) == Wait(
        7.0, everybody=True
    )
    given_up = decide(call, LAST, Refusal(status), NOT_NOW)
    assert isinstance(given_up, Stop)
    assert isinstance(given_up.error, RejectedError)
    late = Attempt(2, 299.9, 0.5)
    assert isinstance(decide(call, late, Refusal(status, retry_after=7.0), NOT_NOW), Stop)


def test_without_that_word_of_the_profile_a_name_that_is_taken_is_no_reason_to_try_again() -> None:
    assert isinstance(stopped(WRITE, FIRST, Refusal(409)), ConflictError)
    assert isinstance(stopped(WRITE, FIRST, Refusal(503)), OutcomeUnknownError)


def test_a_429_waits_as_it_asks_and_where_it_names_no_time_as_the_profile_says() -> None:
    assert decide(WRITE, FIRST, Refusal(429), NOT_NOW) == Wait(20.25, everybody=True)
    assert decide(WRITE, FIRST, Refusal(429, retry_after=2.0), NOT_NOW) == Wait(
        2.25, everybody=True
    )
    assert decide(WRITE, FIRST, Refusal(429), LIMITS) == Wait(0.375, everybody=True)
