"""One request for several writes, and what its answer says of each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import (
    ConflictError,
    NotFoundError,
    NotTogetherError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    ThrottledError,
    UnauthorizedError,
)
from reconciler.model.dialect import Updating
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import CORE_USER, parse_path
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.profile.clauses import Errors
from reconciler.model.written import Written
from reconciler.scim.answers import Answer, read_answer
from reconciler.scim.bulk import read, results
from reconciler.scim.calls import Call, Method
from reconciler.scim.client import ScimClient
from reconciler.scim.protocol import Limits
from tests.unit.scim.builders_wire import Provider, Says, a_user, connected, in_turn

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
PEOPLE = ("ada", "bo", "cy")
PATIENT_ONCE = Limits(tries=1, throttled_tries=1)
Told = Written | ProviderError | NotTogetherError
Write = Callable[[ScimClient], Awaitable[Written]]


def bulk_id(name: str) -> str:
    """Places are numbered, and so are the operations that come from them."""
    return f"change-{PEOPLE.index(name) + 1}"


def made(name: str, **more: object) -> dict[str, object]:
    """A result as the RFC has it (§3.7.3)."""
    result: dict[str, object] = {
        "method": "POST",
        "bulkId": bulk_id(name),
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
    return {"method": "POST", "bulkId": bulk_id(name), "status": status, "response": error}


async def told_of(write: Write, place: AbstractContextManager[ScimClient]) -> Told:
    try:
        with place as client:
            return await write(client)
    except (ProviderError, NotTogetherError) as error:
        return error


def writing(
    answers: Iterable[Says],
    *writes: Write,
    profile: Profile = RFC7644,
    ready: bool = True,
) -> tuple[list[Told], Provider]:
    """What each of these writes is told, made in a place of one request that is answered so."""
    provider = Provider(in_turn(list(answers)))
    return asyncio.run(_all_told(provider, writes, profile, ready=ready)), provider


async def _all_told(
    provider: Provider, writes: Sequence[Write], profile: Profile, *, ready: bool
) -> list[Told]:
    async with connected(provider, profile, limits=PATIENT_ONCE) as client:
        places = client.together(len(writes), lambda: ready)
        return await asyncio.gather(*map(told_of, writes, places))


def creating(name: str, kind: Kind = Kind.USER) -> Write:
    path = parse_path("userName" if kind is Kind.USER else "displayName")
    return lambda client: client.create(kind, {path: name})


def together(*answers: Says, kind: Kind = Kind.USER) -> tuple[dict[str, Told], Provider]:
    """Three creates in one request that is answered so, and whatever is sent after it."""
    told, provider = writing(answers, *(creating(name, kind) for name in PEOPLE))
    return dict(zip(PEOPLE, told, strict=True)), provider


def bulk(*results: object, **more: Any) -> Says:
    return Says(200, {"schemas": [RESPONSE], "Operations": [*results]}, **more)


def ids(told: Mapping[str, Told]) -> dict[str, object]:
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
                "bulkId": bulk_id(name),
                "data": {"schemas": [CORE_USER], "userName": name},
            }
            for name in PEOPLE
        ],
    }
    assert ids(told) == {name: f"id-{name}" for name in PEOPLE}


def test_results_are_told_apart_by_name_and_not_by_order() -> None:
    told, _ = together(bulk(*map(made, reversed(PEOPLE)), headers={"x-request-id": "r7"}))
    assert ids(told) == {name: f"id-{name}" for name in PEOPLE}
    one = told["ada"]
    assert isinstance(one, Written) and one.request_id == "r7"
    assert one.resource is not None and one.resource.data["username"] == "ada"


def test_a_version_is_kept_as_if_it_had_been_a_header() -> None:
    told, _ = together(bulk(made("ada", version='W/"5"')))
    one = told["ada"]
    assert isinstance(one, Written) and one.resource is not None
    assert one.resource.version == 'W/"5"'


@pytest.mark.parametrize(
    ("location", "id"),
    [
        ("https://embedded.invalid/scim/v2/Users/x1", "x1"),
        ("/Users/x%2F1", "x/1"),
        ("https://embedded.invalid/scim/v2/Users/", None),
        ("https://embedded.invalid/Users/..", None),
        ("http://[", None),
        ("x1", None),
        (7, None),
        (None, None),
    ],
)
def test_without_a_body_the_location_names_what_was_made(location: object, id: str | None) -> None:
    told, _ = together(bulk(made("ada", response=None, location=location)))
    one = told["ada"]
    assert isinstance(one, Written) and one.id == id


@pytest.mark.parametrize("status", ["409", 409, {"code": "409"}])
def test_an_operation_is_refused_as_a_request_is(status: object) -> None:
    told, _ = together(bulk(made("ada"), refused("bo", status, "uniqueness"), made("cy")))
    assert ids(told) == {"ada": "id-ada", "bo": ConflictError, "cy": "id-cy"}
    error = told["bo"]
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
    assert type(told["ada"]) is error


@pytest.mark.parametrize(
    "result",
    [
        {},
        made("ada", bulkId=None),
        made("ada", bulkId=7),
        made("ada", bulkId="h7"),
        made("ada", bulkId="CHANGE-1"),
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
    unknown = told["ada"]
    assert type(unknown) is OutcomeUnknownError
    assert unknown.message.startswith("tried to create a user, and it may or may not have been")
    assert ids(told)["bo"] == "id-bo"


def test_what_is_said_twice_is_not_known() -> None:
    told, _ = together(bulk(made("ada"), made("ada"), made("bo")))
    assert ids(told) == {
        "ada": OutcomeUnknownError,
        "bo": "id-bo",
        "cy": OutcomeUnknownError,
    }


def test_a_name_in_another_case_is_the_same_name() -> None:
    told, _ = together(bulk(made("ada", response=a_user("id-ada", "ADA"))))
    assert ids(told)["ada"] == "id-ada"


def test_a_group_is_told_by_its_display_name() -> None:
    place = "https://embedded.invalid/scim/v2/Groups/g"
    right = made("ada", location=place, response={"id": "g", "displayName": "ada"})
    wrong = made("bo", location=place, response={"id": "g", "displayName": "ada"})
    told, provider = together(bulk(right, wrong), kind=Kind.GROUP)
    assert ids(told)["ada"] == "g"
    assert ids(told)["bo"] is OutcomeUnknownError
    assert {o["path"] for o in provider.asked[0].body["Operations"]} == {"/Groups"}


@pytest.mark.parametrize(
    "body", [None, {}, {"Operations": None}, {"Operations": {}}, {"schemas": [RESPONSE]}]
)
def test_an_answer_without_results_leaves_everything_open(body: Mapping[str, object]) -> None:
    told, _ = together(Says(200, body))
    assert {type(one) for one in told.values()} == {OutcomeUnknownError}


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b'{"Operations": [', b"[]"])
def test_an_answer_that_is_not_scim_is_unknown_as_a_whole(body: bytes) -> None:
    told, provider = together(Says(200, body))
    assert {type(one) for one in told.values()} == {OutcomeUnknownError}
    assert "make 3 changes in one request" in str(told["ada"])
    assert provider.lines == ["POST /Bulk"]


@pytest.mark.parametrize("status", [404, 413, 501])
def test_a_bulk_that_is_refused_is_refused_as_a_whole(status: int) -> None:
    told, provider = together(Says(status, refused("ada", status)["response"]))
    assert {type(one) for one in told.values()} == {NotTogetherError}
    assert str(told["ada"]).startswith("cannot make 3 changes in one request: the service")
    assert provider.lines == ["POST /Bulk"]


def test_a_web_page_in_its_place_says_that_there_is_no_bulk() -> None:
    page = Says(404, b"<html>Not here</html>", {"content-type": "text/html"})
    told, _ = together(page)
    assert type(told["cy"]) is NotTogetherError
    assert "is a web page, not SCIM" in str(told["cy"])


@pytest.mark.parametrize(
    ("status", "error"), [(401, UnauthorizedError), (429, ThrottledError), (500, RejectedError)]
)
def test_what_is_not_about_bulk_is_told_to_each(status: int, error: type[ProviderError]) -> None:
    told, _ = together(Says(status, refused("ada", status)["response"]))
    assert {type(one) for one in told.values()} == {error}


def test_what_must_not_leave_any_more_does_not() -> None:
    told, provider = writing([], creating("ada"), creating("bo"), ready=False)
    assert {type(one) for one in told} == {NotTogetherError}
    assert provider.asked == []


ADA = ResourceId("id/ada")
TITLE = {parse_path("title"): "Head"}
VERSION = 'W/"5"'


def to(method: str, place: str, **more: object) -> dict[str, object]:
    """A result that names its operation by method and place alone, as §3.7.3 lets it."""
    result: dict[str, object] = {
        "method": method,
        "location": f"https://embedded.invalid/scim/v2/{place}",
        "status": "200",
    }
    return result | more


def test_every_kind_of_write_goes_along_as_it_would_have_gone_alone() -> None:
    told, provider = writing(
        [bulk(*({"bulkId": f"change-{n}", "status": "204"} for n in range(1, 6)))],
        lambda c: c.update(Kind.USER, ADA, TITLE, version=VERSION),
        lambda c: c.delete(Kind.USER, ResourceId("id-bo"), version=VERSION),
        lambda c: c.add_members(ResourceId("g"), [ADA]),
        lambda c: c.remove_members(ResourceId("h"), [ADA]),
        creating("cy"),
        profile=replace(RFC7644, etags=True),
    )
    (asked,) = provider.asked
    operations = asked.body["Operations"]
    assert [(o["method"], o["path"], o.get("version")) for o in operations] == [
        ("PATCH", "/Users/id%2Fada", VERSION),
        ("DELETE", "/Users/id-bo", VERSION),
        ("PATCH", "/Groups/g", None),
        ("PATCH", "/Groups/h", None),
        ("POST", "/Users", None),
    ]
    assert operations[0]["data"] == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "title", "value": "Head"}],
    }
    assert "data" not in operations[1]
    assert all(isinstance(one, Written) for one in told)


def test_a_person_who_is_put_back_is_read_first_and_goes_along_then() -> None:
    told, provider = writing(
        [
            Says(200, a_user("id-ada", "ada", title="Lead")),
            Says(200, a_user("id-bo", "bo", title="Lead")),
            bulk(to("PUT", "Users/id-bo"), to("PUT", "Users/id-ada")),
        ],
        lambda c: c.update(Kind.USER, ResourceId("id-ada"), TITLE),
        lambda c: c.update(Kind.USER, ResourceId("id-bo"), TITLE),
        profile=replace(RFC7644, update_user=Updating.PUT_REPLACES),
    )
    assert provider.lines == ["GET /Users/id-ada", "GET /Users/id-bo", "POST /Bulk"]
    operations = provider.asked[2].body["Operations"]
    assert [(o["method"], o["data"]["title"]) for o in operations] == [("PUT", "Head")] * 2
    assert all(isinstance(one, Written) for one in told)


TWO = (
    lambda c: c.update(Kind.USER, ADA, TITLE),
    lambda c: c.delete(Kind.USER, ResourceId("id-bo")),
)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([to("DELETE", "Users/id-bo"), to("PATCH", "Users/id%2Fada")], [Written, Written]),
        ([to("patch", "Users/id%2Fada")], [Written, OutcomeUnknownError]),
        ([to("PUT", "Users/id%2Fada")], [OutcomeUnknownError, OutcomeUnknownError]),
        ([to("PATCH", "Users/id%2Fada")] * 2, [OutcomeUnknownError, OutcomeUnknownError]),
        ([to("PATCH", "Groups/id%2Fada")], [OutcomeUnknownError, OutcomeUnknownError]),
        (
            # Each under the other's name: its place tells.
            [
                to("PATCH", "Users/id%2Fada", bulkId="change-2"),
                to("DELETE", "Users/id-bo", bulkId="change-1", status="404"),
            ],
            [OutcomeUnknownError, OutcomeUnknownError],
        ),
        (
            [to("PATCH", "elsewhere", bulkId="change-1", response=a_user("id-cy", "cy"))],
            [OutcomeUnknownError, OutcomeUnknownError],
        ),
    ],
    ids=["by place", "one", "method", "twice", "kind", "exchanged", "shows another"],
)
def test_results_without_a_name_are_told_apart_by_method_and_place(
    results: list[object], expected: list[type]
) -> None:
    told, _ = writing([bulk(*results)], *TWO)
    assert [type(one) for one in told] == expected


def test_what_one_meets_afterwards_it_meets_alone() -> None:
    """A 404 to a deletion is looked into; where a PATCH found nothing to pick, it is read anew."""
    no_target = refused("ada", 400, "noTarget")["response"]
    said = {
        "POST /Bulk": bulk(
            to("PATCH", "Users/id%2Fada", status="400", response=no_target),
            to("DELETE", "Users/id-bo", status="404"),
        ),
        "GET /Users/id-bo": Says(404),
        "GET /Users/id/ada": Says(200, a_user("id/ada", "ada")),
        "PATCH /Users/id/ada": Says(200, a_user("id/ada", "ada", title="Head")),
    }
    provider = Provider(lambda asked: said[asked.line])
    told = asyncio.run(_all_told(provider, TWO, RFC7644, ready=True))
    assert provider.lines[0] == "POST /Bulk"
    assert sorted(provider.lines) == sorted(said)
    assert all(isinstance(one, Written) for one in told)


def test_one_place_is_a_bulk_request_of_one() -> None:
    _, provider = writing([bulk(made("ada"))], creating("ada"))
    assert provider.lines == ["POST /Bulk"]


def test_who_is_left_of_several_goes_as_ever() -> None:
    async def nothing(_: ScimClient) -> Written:
        return Written(None, None, None)

    told, provider = writing([Says(201, a_user("id-ada", "ada"))], creating("ada"), nothing)
    assert provider.lines == ["POST /Users"]
    assert isinstance(told[0], Written) and told[0].id == "id-ada"


def test_what_would_be_too_large_leaves_in_several_requests() -> None:
    _, provider = writing(
        [bulk(), bulk()], *map(creating, PEOPLE), profile=replace(RFC7644, bulk_bytes=450)
    )
    assert [len(asked.body["Operations"]) for asked in provider.asked] == [2, 1]


def test_counts_are_those_of_the_whole_client() -> None:
    counted: list[object] = []

    async def counts(client: ScimClient) -> Written:
        written = await client.create(Kind.USER, {parse_path("userName"): "ada"})
        counted.append((dict(client.requests), client.retries))
        return written

    writing([bulk(made("ada"))], counts)
    assert counted == [({"POST": 1}, 0)]


def test_what_was_put_off_is_sent_again_by_itself() -> None:
    """A 429 says that it was not carried out, so sending again makes nobody twice."""
    told, provider = together(
        bulk(made("ada"), refused("bo", 429), refused("cy", 429)),
        Says(201, a_user("id-bo", "bo")),
        Says(429, refused("cy", 429)["response"]),
    )
    assert provider.lines == ["POST /Bulk", "POST /Users", "POST /Users"]
    assert ids(told) == {"ada": "id-ada", "bo": "id-bo", "cy": ThrottledError}


def test_what_the_profile_says_is_not_done_is_sent_again_by_itself_too() -> None:
    told, provider = writing(
        [bulk(made("ada"), refused("bo", 409)), Says(201, a_user("id-bo", "bo"))],
        creating("ada"),
        creating("bo"),
        profile=replace(RFC7644, errors=Errors(retried=(409,))),
    )
    assert provider.lines == ["POST /Bulk", "POST /Users"]
    assert [one.id for one in told if isinstance(one, Written)] == ["id-ada", "id-bo"]


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
                ["bulkId", "status", "method", "location", "response", "version", "id", "userName"]
            ),
            inner | st.sampled_from(["a", "b", "201", "409", "429"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON | st.lists(JSON.map(lambda data: {"bulkId": "a", "status": "201", "x": data})))
def test_no_answer_breaks_anything_and_each_call_has_one_at_most(operations: object) -> None:
    whole = read_answer(200, {}, json.dumps({"Operations": operations}).encode())
    assert isinstance(whole, Answer)
    calls = {
        "a": Call(
            Method.POST, Kind.USER, "/Users", "create a user", {"userName": "ada"}, of_all=True
        ),
        "b": Call(Method.PATCH, Kind.GROUP, "/Groups/g", "update a group", {}),
    }
    for name, result in results(whole, calls).items():
        found = read(calls[name], result, whole, Errors())
        assert found is None or isinstance(found, Answer | ProviderError)
