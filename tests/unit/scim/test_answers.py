"""What a reply says, in all the shapes in which providers and those between say it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.scim.answers import (
    ERROR_SCHEMA,
    Answer,
    NotScim,
    Refusal,
    read_answer,
    retry_after,
    usable_etag,
)

PAGE = b"<!doctype html><html><body>Sign in as ada@zone.example</body></html>"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def test_success_is_the_body_with_folded_names() -> None:
    body = b'{"ID": "1", "Name": {"givenName": "Ada"}, "emails": [{"Value": "a"}]}'
    headers = {"etag": 'W/"3"', "x-request-id": "r 1"}
    assert read_answer(200, headers, body) == Answer(
        200,
        {"id": "1", "name": {"givenname": "Ada"}, "emails": ({"value": "a"},)},
        'W/"3"',
        "r 1",
    )


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_success_may_be_silent(status: int, body: bytes) -> None:
    assert read_answer(status, {}, body) == Answer(status)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (PAGE, "a web page"),
        (b"  <?xml version='1.0'?><a/>", "a web page"),
        (b"OK", "text that is not JSON"),
        (b'{"id": "1"', "text that is not JSON"),
        (b'{"n": NaN}', "text that is not JSON"),
        (b"[" * 100_000, "text that is not JSON"),
        (b"9" * 10_000, "text that is not JSON"),
        (b"\xff\xfe\xff", "text that is not JSON"),
        (b"[]", "JSON, but no object"),
        (b'"x"', "JSON, but no object"),
    ],
)
def test_success_that_is_not_scim_is_no_success(body: bytes, found: str) -> None:
    assert read_answer(200, {}, body) == NotScim(200, found)


def test_a_page_is_recognised_by_its_type_as_well_and_an_object_is_none_whatever_its_type() -> None:
    headers = {"content-type": "text/HTML; charset=utf-8"}
    assert read_answer(200, headers, b"Sign in, please") == NotScim(200, "a web page")
    assert read_answer(200, headers, b' {"id": "1"}') == Answer(200, {"id": "1"})
    assert read_answer(404, headers, b'{"detail": "nobody"}') == Refusal(404, "nobody")
    assert read_answer(404, headers, b"") == NotScim(404, "a web page")


def test_an_error_with_status_200_is_one_also_where_its_schema_stands_alone() -> None:
    body = json.dumps({"schemas": ERROR_SCHEMA, "status": "409"}).encode()
    assert read_answer(200, {}, body) == Refusal(409)


def test_a_page_with_status_404_does_not_say_that_a_resource_is_not_there() -> None:
    assert read_answer(404, {}, PAGE) == NotScim(404, "a web page")


@pytest.mark.parametrize(
    ("body", "detail", "scim_type"),
    [
        (
            {"schemas": [ERROR_SCHEMA], "detail": "taken", "scimType": "uniqueness"},
            "taken",
            "uniqueness",
        ),
        ({"Detail": "taken", "SCIMTYPE": "uniqueness"}, "taken", "uniqueness"),
        (
            {"id": "invalid.resource", "reason": "No such thing", "params": ["x"]},
            "No such thing",
            None,
        ),
        ({"message": "nope"}, "nope", None),
        ({"detail": 7, "scimType": ["x"]}, None, None),
        ({"detail": " ", "scimType": "evil\nvalue"}, None, None),
        (["a"], None, None),
    ],
)
def test_a_refusal_keeps_only_the_sentence_and_the_type(
    body: object, detail: str | None, scim_type: str | None
) -> None:
    reply = read_answer(409, {"request-id": "r1"}, json.dumps(body).encode())
    assert reply == Refusal(409, detail, scim_type, None, "r1")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", None),
        (b"Not here", "Not here"),
        (PAGE, "a web page instead of SCIM"),
        (b"x" * 1000, "x" * 200),
        (b"a\x1b[2Jb\n::error::c", r"a\u001b[2Jb\n:\u003aerror:\u003ac"),
        (b"\xff", "�"),
    ],
)
def test_a_refusal_in_another_shape_is_cut_short_and_made_inert(
    body: bytes, detail: str | None
) -> None:
    assert read_answer(500, {}, body) == Refusal(500, detail)


@pytest.mark.parametrize(("said", "status"), [("409", 409), (404, 404), ("x", 500), (None, 500)])
def test_an_error_with_status_200_is_an_error(said: object, status: int) -> None:
    body = {"schemas": [ERROR_SCHEMA.upper()], "status": said, "detail": "no"}
    assert read_answer(200, {}, json.dumps(body).encode()) == Refusal(status, "no")


@pytest.mark.parametrize("schemas", [None, "x", [7], [LIST_RESPONSE]])
def test_odd_schemas_do_not_turn_success_into_an_error(schemas: object) -> None:
    reply = read_answer(200, {}, json.dumps({"schemas": schemas}).encode())
    assert isinstance(reply, Answer)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("13", 13.0),
        ("13s", 13.0),
        (" 13 S ", 13.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("Wed, 25 Nov 2026 10:00:30 GMT", 30.0),
        ("Wed, 25 Nov 2026 09:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("99999999999", None),
        ("Wed, 25 Nov 2026 10:00:30", None),  # no time zone
        ("Wed, 25 Nov 99999999999 10:00:30 GMT", None),
    ],
)
def test_a_wait_is_seconds_seconds_with_a_unit_or_a_date(text: str, seconds: float | None) -> None:
    headers = {"retry-after": text, "date": "Wed, 25 Nov 2026 10:00:00 GMT"}
    assert retry_after(headers) == seconds


def test_a_date_without_the_providers_own_clock_says_nothing() -> None:
    assert retry_after({"retry-after": "Wed, 25 Nov 2026 10:00:30 GMT"}) is None
    assert retry_after({}) is None


def test_a_refusal_carries_the_wait() -> None:
    assert read_answer(429, {"retry-after": "13s"}, b"") == Refusal(429, retry_after=13.0)


@pytest.mark.parametrize(
    ("tag", "usable"),
    [
        ('W/"1"', True),
        ('"abc"', True),
        ("1", False),
        ('"a\r\nb: c"', False),
        ('"é"', False),
        (7, False),
        (None, False),
    ],
)
def test_only_an_entity_tag_that_can_be_sent_back_is_kept(
    tag: str | int | None, usable: bool
) -> None:
    assert usable_etag(tag) == (tag if usable else None)


@settings(deadline=None)
@given(
    status=st.integers(100, 599),
    headers=st.dictionaries(
        st.sampled_from(["retry-after", "date", "etag", "content-type", "request-id"]), st.text()
    ),
    body=st.binary()
    | st.text().map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(lambda data: json.dumps(data).encode()),
)
def test_no_reply_however_odd_is_anything_but_one_of_three(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    reply = read_answer(status, headers, body)
    assert isinstance(reply, Answer | Refusal | NotScim)
