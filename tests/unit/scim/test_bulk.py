"""One request for several creates, and what its answer says of each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import (
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    ThrottledError,
    UnauthorizedError,
)
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import CORE_USER, parse_path
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.profile.clauses import Errors
from reconciler.model.written import Written
from reconciler.scim.answers import Answer, read_answer
from reconciler.scim.bulk import located, read, results
from reconciler.scim.calls import Call, Method
from reconciler.scim.protocol import Limits
from tests.unit.scim.builders_wire import Provider, Says, a_user, connected, in_turn

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
PEOPLE = ("ada", "bo", "cy")
PATIENT_ONCE = Limits(tries=1, throttled_tries=1)
Told = dict[str, Written | ProviderError]


def made(name: str, **more: object) -> dict[str, object]:
    """A result as the RFC has it (§3.7.3)."""
    result: dict[str, object] = {
        "method": "POST",
        "bulkId": f"h-{name}",
        "location": f"https://embedded.invalid/scim/v2/Users/id-{name}",
        "status": "201",
        "response": a_user(f"id-{name}", name),
    }
    return result | more


def refused(name: str, status: object, scim_type: str | None = None) -> dict[str, object]:
    error = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": str(status),
        "detail": "no",
        "scimType": scim_type,
    }
    return {"method": "POST", "bulkId": f"h-{name}", "status": status, "response": error}


def together(
    *answers: Says, kind: Kind = Kind.USER, profile: Profile = RFC7644
) -> tuple[Told, Provider]:
    """Three creates in one request that is answered so, and whatever is sent after it."""
    provider = Provider(in_turn(answers))
    path = parse_path("userName" if kind is Kind.USER else "displayName")

    async def act() -> Told:
        async with connected(provider, profile, limits=PATIENT_ONCE) as client:
            return await client.create_together(kind, {f"h-{n}": {path: n} for n in PEOPLE})

    return asyncio.run(act()), provider


def bulk(*results: object, **more: Any) -> Says:
    return Says(200, {"schemas": [RESPONSE], "Operations": [*results]}, **more)


def ids(told: Told) -> dict[str, object]:
    """The id, or the class of the error, of each create."""
    return {name: one.id if isinstance(one, Written) else type(one) for name, one in told.items()}


def test_it_is_one_request_that_stops_at_no_error() -> None:
    told, provider = together(bulk(*map(made, PEOPLE)))
    (asked,) = provider.asked
    assert asked.line == "POST /Bulk"
    assert asked.body == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": f"h-{name}",
                "data": {"schemas": [CORE_USER], "userName": name},
            }
            for name in PEOPLE
        ],
    }
    assert ids(told) == {f"h-{name}": f"id-{name}" for name in PEOPLE}


def test_results_are_told_apart_by_name_and_not_by_order() -> None:
    told, _ = together(bulk(*map(made, reversed(PEOPLE)), headers={"x-request-id": "r7"}))
    assert ids(told) == {f"h-{name}": f"id-{name}" for name in PEOPLE}
    one = told["h-ada"]
    assert isinstance(one, Written) and one.request_id == "r7"
    assert one.resource is not None and one.resource.data["username"] == "ada"


def test_a_version_is_kept_as_if_it_had_been_a_header() -> None:
    told, _ = together(bulk(made("ada", version='W/"5"')))
    one = told["h-ada"]
    assert isinstance(one, Written) and one.resource is not None
    assert one.resource.version == 'W/"5"'


@pytest.mark.parametrize(
    ("location", "id"),
    [
        ("https://embedded.invalid/scim/v2/Users/x1", "x1"),
        ("/Users/x%2F1", "x/1"),
        ("https://embedded.invalid/scim/v2/Users/", None),
        ("https://embedded.invalid/scim/v2/Groups/x1", None),
        ("https://embedded.invalid/Users/..", None),
        ("http://[", None),
        ("x1", None),
        (7, None),
        (None, None),
    ],
)
def test_without_a_body_the_location_names_what_was_made(location: object, id: str | None) -> None:
    told, _ = together(bulk(made("ada", response=None, location=location)))
    assert told["h-ada"] == Written(None if id is None else ResourceId(id), None, None)


@pytest.mark.parametrize("status", ["409", 409, {"code": "409"}])
def test_an_operation_is_refused_as_a_request_is(status: object) -> None:
    told, _ = together(bulk(made("ada"), refused("bo", status, "uniqueness"), made("cy")))
    assert ids(told) == {"h-ada": "id-ada", "h-bo": ConflictError, "h-cy": "id-cy"}
    error = told["h-bo"]
    assert isinstance(error, ConflictError) and error.scim_type == "uniqueness"
    assert error.message == "cannot create a user: the service provider answered 409 " + (
        "(uniqueness): no"
    )


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RejectedError),
        (401, UnauthorizedError),
        (404, NotFoundError),
        (500, RejectedError),
        (503, OutcomeUnknownError),
        (504, OutcomeUnknownError),
    ],
)
def test_each_status_is_the_error_of_a_single_request(
    status: int, error: type[ProviderError]
) -> None:
    told, _ = together(bulk(refused("ada", status)))
    assert type(told["h-ada"]) is error


@pytest.mark.parametrize(
    "result",
    [
        {},
        made("ada", bulkId=None),
        made("ada", bulkId=7),
        made("ada", bulkId="h-somebody"),
        made("ada", bulkId="H-ADA"),
        made("ada", status=None),
        made("ada", status="fine"),
        made("ada", status="2010"),
        made("ada", response="<html>"),
        made("ada", response=[]),
        made("ada", response=a_user("id-bo", "bo")),
        "made",
        None,
    ],
)
def test_what_is_not_said_clearly_is_not_known(result: object) -> None:
    told, _ = together(bulk(result, made("bo")))
    unknown = told["h-ada"]
    assert type(unknown) is OutcomeUnknownError
    assert unknown.message.startswith("tried to create a user, and it may or may not have been")
    assert ids(told)["h-bo"] == "id-bo"


def test_what_is_said_twice_is_not_known() -> None:
    told, _ = together(bulk(made("ada"), made("ada"), made("bo")))
    assert ids(told) == {
        "h-ada": OutcomeUnknownError,
        "h-bo": "id-bo",
        "h-cy": OutcomeUnknownError,
    }


def test_a_name_in_another_case_is_the_same_name() -> None:
    told, _ = together(bulk(made("ada", response=a_user("id-ada", "ADA"))))
    assert ids(told)["h-ada"] == "id-ada"


def test_a_group_is_told_by_its_display_name() -> None:
    place = "https://embedded.invalid/scim/v2/Groups/g"
    right = made("ada", location=place, response={"id": "g", "displayName": "ada"})
    wrong = made("bo", location=place, response={"id": "g", "displayName": "ada"})
    told, provider = together(bulk(right, wrong), kind=Kind.GROUP)
    assert ids(told)["h-ada"] == "g"
    assert ids(told)["h-bo"] is OutcomeUnknownError
    assert {o["path"] for o in provider.asked[0].body["Operations"]} == {"/Groups"}


@pytest.mark.parametrize(
    "body", [None, {}, {"Operations": None}, {"Operations": {}}, {"schemas": [RESPONSE]}]
)
def test_an_answer_without_results_leaves_everything_open(body: Mapping[str, object]) -> None:
    told, _ = together(Says(200, body))
    assert {type(one) for one in told.values()} == {OutcomeUnknownError}


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b'{"Operations": [', b"[]"])
def test_an_answer_that_is_not_scim_is_unknown_as_a_whole(body: bytes) -> None:
    with pytest.raises(OutcomeUnknownError, match="create 3 users in one request"):
        together(Says(200, body))


@pytest.mark.parametrize("status", [404, 413, 501])
def test_a_bulk_that_is_refused_is_refused_as_a_whole(status: int) -> None:
    with pytest.raises(RejectedError) as raised:
        together(Says(status, refused("ada", status)["response"]))
    assert raised.value.status == status


def test_a_web_page_in_its_place_says_that_there_is_no_bulk() -> None:
    page = Says(404, b"<html>Not here</html>", {"content-type": "text/html"})
    with pytest.raises(NotFoundError, match="is a web page, not SCIM"):
        together(page)


def test_what_was_put_off_is_sent_again_by_itself() -> None:
    """A 429 says that it was not carried out, so sending again makes nobody twice."""
    told, provider = together(
        bulk(made("ada"), refused("bo", 429), refused("cy", 429)),
        Says(201, a_user("id-bo", "bo")),
        Says(429, refused("cy", 429)["response"]),
    )
    assert provider.lines == ["POST /Bulk", "POST /Users", "POST /Users"]
    assert ids(told) == {"h-ada": "id-ada", "h-bo": "id-bo", "h-cy": ThrottledError}


def test_what_the_profile_says_is_not_done_is_sent_again_by_itself_too() -> None:
    busy = replace(RFC7644, errors=Errors(retried=(409,)))
    told, provider = together(
        bulk(made("ada"), refused("bo", 409), made("cy")),
        Says(201, a_user("id-bo", "bo")),
        profile=busy,
    )
    assert provider.lines == ["POST /Bulk", "POST /Users"]
    assert ids(told) == {"h-ada": "id-ada", "h-bo": "id-bo", "h-cy": "id-cy"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["bulkId", "status", "location", "response", "version", "id", "userName"]
            ),
            inner | st.sampled_from(["h-ada", "201", "409", "429"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON | st.lists(JSON.map(lambda data: {"bulkId": "h-ada", "status": "201", "x": data})))
def test_no_answer_breaks_anything_and_each_create_has_one(operations: object) -> None:
    whole = read_answer(200, {}, json.dumps({"Operations": operations}).encode())
    assert isinstance(whole, Answer)
    call = Call(Method.POST, Kind.USER, "/Users", "create a user", {"userName": "ada"})
    for name, result in results(whole).items():
        assert isinstance(name, str)
        found = read(Kind.USER, call, result, whole, Errors())
        assert found is None or isinstance(found, Answer | ProviderError)
        made = located("/Users", result)
        assert made is None or made.strip()
