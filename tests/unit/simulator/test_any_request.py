"""Whatever a client sends is answered, with a status that SCIM knows, and breaks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.simulator.quirks import QUIRKS
from tests.unit.simulator.builders_simulator import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    PATCH_OP,
    UNHURRIED,
    Client,
    a_provider,
)

SHOWN = ("attributes", "excludedAttributes")
ANSWERS = {200, 201, 204, 400, 404, 405, 409, 413, 501}

names = st.sampled_from(
    ["userName", "displayName", "active", "name", "givenName", "emails", "value", "type", "primary"]
) | st.sampled_from(["members", "groups", "id", "meta", "schemas", "$ref", "nosuch", ENTERPRISE])
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=5)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)
users = st.dictionaries(names, values, max_size=5).map(
    lambda body: {"userName": "ada", **body, "schemas": [CORE_USER]}
)
groups = st.dictionaries(names, values, max_size=3).map(
    lambda body: {"displayName": "g", **body, "schemas": [CORE_GROUP]}
)
paths = st.sampled_from(
    ["userName", "name.givenName", "emails", "members", "nosuch", ENTERPRISE, "", "groups", "id"]
) | st.sampled_from(
    [
        'emails[type eq "work"].value',
        'emails[primary eq true and type eq "x"]',
        "emails.primary",
        'members[value eq "x"]',
        f"{ENTERPRISE}:manager.value",
        "emails[",
    ]
)
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "Add"])},
    optional={"path": paths | scalars, "value": values},
)
patches = st.lists(operations, max_size=4).map(
    lambda operations: {"schemas": [PATCH_OP], "Operations": operations}
)


NUMBERS = count()
#: On each of many providers; `tests/fuzz` goes on for longer.
SOME = settings(UNHURRIED, max_examples=30)
DELETED = {204, 405}  # there are providers that delete nobody


@pytest.fixture(scope="module", params=sorted(QUIRKS))
def provider(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    with a_provider(tmp_path_factory.mktemp("any"), QUIRKS[request.param]) as client:
        yield client


@SOME
@given(body=users | groups | values, kind=st.sampled_from(["Users", "Groups"]))
def test_any_body_is_created_or_refused(provider: Client, kind: str, body: object) -> None:
    answer = provider.post(f"/{kind}", body)
    assert answer.status_code in ANSWERS, answer.text
    if answer.status_code == 201:
        made = f"/{kind}/{answer.json()['id']}"
        again = provider.get(made).json()
        assert again == answer.json()
        assert provider.put(made, again | {"active": True}).status_code in ANSWERS
        assert provider.delete(made).status_code in DELETED


@SOME
@given(patch=patches | values)
def test_any_patch_is_carried_out_or_changes_nothing(provider: Client, patch: object) -> None:
    number = next(NUMBERS)  # a provider may never give a name or an address away again
    ada = {
        "schemas": [CORE_USER],
        "userName": f"ada{number}",
        "externalId": str(number),
        "displayName": "Ada",
        "name": {"givenName": "Ada", "familyName": "L"},
        "emails": [{"value": f"x{number}", "primary": True}],
        ENTERPRISE: {"department": "NetSec"},
    }
    for path, made in (
        ("/Users", ada),
        ("/Groups", {"displayName": "g", "externalId": "g", "schemas": [CORE_GROUP]}),
    ):
        created = provider.post(path, made)
        resource = f"{path}/{created.json()['id']}"
        answer = provider.send("PATCH", resource, json=patch)
        assert answer.status_code in ANSWERS, answer.text
        after = provider.get(resource).json()
        assert answer.status_code != 400 or after == created.json()
        assert answer.status_code != 200 or after == answer.json()
        assert provider.delete(resource).status_code in DELETED


@SOME
@given(
    query=st.dictionaries(
        st.sampled_from(("filter", "sortBy", "sortOrder", "startIndex", "count", *SHOWN)),
        st.text(max_size=12) | paths | st.sampled_from(["userName pr", "descending", "0", "-1"]),
        max_size=4,
    )
)
def test_any_query_is_answered(provider: Client, query: dict[str, str]) -> None:
    for path in ("/Users", "/Groups"):
        assert provider.get(path, **query).status_code in ANSWERS
