"""What each fault does to a client, seen through a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.simulator.faults.reading import read_script
from reconciler.simulator.quirks import QUIRKS
from reconciler.simulator.store import Store
from tests.faulted import Port
from tests.unit.simulator.builders_simulator import CORE_GROUP, CORE_USER, PATCH_OP


@pytest.fixture(scope="module")
def port() -> Port:
    port = Port()
    port.listen()
    return port


class Client:
    """Requests to the faulted provider, one connection each."""

    def __init__(self, port: Port) -> None:
        self.port = port

    def send(self, method: str, path: str, body: object = None) -> httpx.Response:
        with httpx.Client(base_url=self.port.url, trust_env=False, timeout=10) as http:
            return http.request(method, path, json=body) if body else http.request(method, path)

    def get(self, path: str) -> httpx.Response:
        return self.send("GET", path)

    def user(self, name: str) -> str:
        made = self.send("POST", "/Users", {"schemas": [CORE_USER], "userName": name})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def names(self) -> list[str]:
        return [row["userName"] for row in self.get("/Users").json()["Resources"]]

    def rename(self, id: str, name: str) -> httpx.Response:
        operation = {"op": "replace", "path": "userName", "value": name}
        return self.send(
            "PATCH", f"/Users/{id}", {"schemas": [PATCH_OP], "Operations": [operation]}
        )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "provider.db"


@contextmanager
def faulted(port: Port, store: Path, script: str) -> Iterator[Client]:
    played, found = read_script(script.encode(), "faults.yaml")
    assert found == ()
    with port.provider(store, script=played):
        yield Client(port)


def do(action: str, request: str = "GET /Users", nth: str = "1") -> str:
    return f"faults: [{{when: {{request: {request}, nth: '{nth}'}}, do: {{{action}}}}}]"


def test_a_status_strikes_at_its_request_alone(port: Port, store: Path) -> None:
    with faulted(port, store, do("status: 503, retryAfter: 13s", nth="2-3")) as client:
        answers = [client.get("/Users") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 503, 503, 200]
        assert answers[1].headers["retry-after"] == "13s"
        assert answers[1].json()["status"] == "503"
        assert client.get("/Groups").status_code == 200


@pytest.mark.parametrize(
    ("body", "media_type", "beginning"),
    [
        ("scim", "application/scim+json", "{"),
        ("html", "text/html", "<"),
        ("text", "text/plain", "upstream"),
        ("empty", "application/scim+json", ""),
        ("malformed", "application/scim+json", '{"schemas"'),
    ],
)
def test_an_error_has_the_body_that_the_script_wants(
    body: str, media_type: str, beginning: str, port: Port, store: Path
) -> None:
    with faulted(port, store, do(f"status: 502, body: {body}")) as client:
        answer = client.get("/Users")
        assert answer.status_code == 502
        assert answer.headers["content-type"] == media_type
        assert answer.text.startswith(beginning)
        if body == "malformed":
            with pytest.raises(json.JSONDecodeError):
                answer.json()


def test_retry_after_as_a_date_is_relative_to_the_answers_own_date(port: Port, store: Path) -> None:
    with faulted(port, store, do("status: 429, retryAfter: 'date:60'")) as client:
        headers = client.get("/Users").headers
        assert headers["retry-after"].endswith("GMT")
        assert headers["retry-after"] > headers["date"] or headers["date"][-12:-10] == "59"


@pytest.mark.parametrize(
    ("action", "done"),
    [
        ("reset: before", False),
        ("reset: after", True),
        ("truncate: 5", True),
        ("status: 504, after: true", True),
        ("status: 504", False),
    ],
)
def test_a_write_whose_answer_is_lost_was_done_or_was_not(
    action: str, done: bool, port: Port, store: Path
) -> None:
    with faulted(port, store, do(action, "POST /Users")) as client:
        body = {"schemas": [CORE_USER], "userName": "ada"}
        if action.startswith("status"):
            assert client.send("POST", "/Users", body).status_code == 504
        else:
            with pytest.raises(httpx.TransportError):
                client.send("POST", "/Users", body)
        assert client.names() == (["ada"] if done else [])


def test_delays_and_trickles_change_nothing_but_the_time(port: Port, store: Path) -> None:
    script = """
    faults:
      - {when: {request: GET /Users}, do: {delay: 0.01}}
      - {when: {request: GET /Users}, do: {trickle: 0.02}}
    """
    with faulted(port, store, script) as client:
        client.user("ada")
        assert client.names() == ["ada"]


def test_an_answer_is_replaced_after_the_work(port: Port, store: Path) -> None:
    with faulted(port, store, do("answer: html", "POST /Users")) as client:
        answer = client.send("POST", "/Users", {"schemas": [CORE_USER], "userName": "ada"})
        assert (answer.status_code, answer.headers["content-type"]) == (201, "text/html")
        assert client.names() == ["ada"]


@pytest.mark.parametrize(("body", "status"), [("html", 200), ("empty", 204)])
def test_an_answer_without_a_body_gets_one_with_a_status_that_allows_it(
    body: str, status: int, port: Port, store: Path
) -> None:
    with faulted(port, store, do(f"answer: {body}", "DELETE /Users/*")) as client:
        assert client.send("DELETE", f"/Users/{client.user('ada')}").status_code == status
        assert client.names() == []


@pytest.mark.parametrize(
    ("distortion", "total", "rows"),
    [
        ("total: 1", 3, ["ada", "bo"]),
        ("total: -1", 1, ["ada", "bo"]),
        ("lose: 1", 2, ["ada"]),
        ("repeat: 1", 2, ["ada", "bo", "ada"]),
    ],
)
def test_lists_are_distorted(
    distortion: str, total: int, rows: list[str], port: Port, store: Path
) -> None:
    with faulted(port, store, do(f"list: {{{distortion}}}")) as client:
        client.user("ada")
        client.user("bo")
        page = client.get("/Users").json()
        assert page["totalResults"] == total
        assert sorted(r["userName"] for r in page["Resources"]) == sorted(rows)
        assert client.get("/Users").json()["totalResults"] == 2
        one = client.get(f"/Users/{page['Resources'][0]['id']}")
        assert one.status_code == 200


def test_only_lists_are_distorted(port: Port, store: Path) -> None:
    with faulted(port, store, do("list: {lose: 1}", "GET *", "1-")) as client:
        ada = client.user("ada")
        assert client.get(f"/Users/{ada}").json()["userName"] == "ada"
        assert client.get("/Users/nobody").status_code == 404


def test_a_create_does_not_show_at_once(port: Port, store: Path) -> None:
    with faulted(port, store, do("hide: 3", "POST /Users")) as client:
        ada = client.user("ada")
        assert client.names() == []
        assert client.get("/Users").json()["totalResults"] == 0
        assert client.get(f"/Users/{ada}").status_code == 404
        assert client.get(f"/Users/{ada}").status_code == 200
        assert client.names() == ["ada"]


def test_an_update_does_not_show_at_once(port: Port, store: Path) -> None:
    with faulted(port, store, do("hide: 2", "PATCH /Users/*")) as client:
        ada = client.user("ada")
        client.user("bo")
        assert client.rename(ada, "eve").status_code == 200
        assert sorted(client.names()) == ["ada", "bo"]
        assert client.get("/Groups").json()["totalResults"] == 0
        assert client.get(f"/Users/{ada}").json()["userName"] == "ada"
        assert client.get(f"/Users/{ada}").json()["userName"] == "eve"


def test_what_is_hidden_is_hidden_on_its_own_page_alone(port: Port, store: Path) -> None:
    with faulted(port, store, do("hide: 6", "PATCH /Users/*")) as client:
        people = [client.user(name) for name in ("ada", "bo", "cy")]
        assert client.rename(people[0], "eve").status_code == 200
        pages = [client.get(f"/Users?startIndex={n}&count=1").json() for n in (1, 2, 3)]
        assert [page["totalResults"] for page in pages] == [3] * 3
        shown = [row["userName"] for page in pages for row in page["Resources"]]
        assert shown == ["ada", "bo", "cy"]
        found = client.get("/Users?filter=userName%20eq%20%22cy%22").json()
        assert (found["totalResults"], len(found["Resources"])) == (1, 1)


def test_a_filter_for_somebody_else_is_answered_as_ever(port: Port, store: Path) -> None:
    script = """
    faults:
      - {when: {request: POST /Users, nth: '2'}, do: {hide: 9}}
      - {when: {request: DELETE /Users/*}, do: {hide: 9}}
    """
    with faulted(port, store, script) as client:
        client.user("ada")
        client.user("bo")  # not shown yet
        client.send("DELETE", f"/Users/{client.user('cy')}")
        for name, total in (("ada", 1), ("bo", 0), ("cy", 0), ("zoe", 0)):
            found = client.get(f"/Users?filter=userName%20eq%20%22{name}%22").json()
            assert (found["totalResults"], len(found["Resources"])) == (total, total)


def test_a_deletion_does_not_show_where_pages_have_cursors(port: Port, store: Path) -> None:
    with faulted(port, store, f"quirks: {{paging: cursor}}\n{do('hide: 2', 'DELETE *')}") as client:
        people = [client.user(name) for name in ("ada", "bo", "cy")]
        client.send("DELETE", f"/Users/{people[0]}")
        first = client.get("/Users?cursor=&count=1").json()
        assert [row["userName"] for row in first["Resources"]] == ["bo"]
        last = client.get(f"/Users?cursor={first['nextCursor']}&count=5").json()
        assert [row["userName"] for row in last["Resources"]] == ["cy", "ada"]


def test_a_deletion_does_not_show_at_once(port: Port, store: Path) -> None:
    with faulted(port, store, do("hide: 2", "DELETE /Users/*")) as client:
        ada = client.user("ada")
        bo = client.user("bo")
        cy = client.user("cy")
        assert client.send("DELETE", f"/Users/{ada}").status_code == 204
        first = client.get("/Users?startIndex=1&count=1").json()
        assert (first["totalResults"], len(first["Resources"])) == (3, 1)
        last = client.get("/Users?startIndex=2&count=5").json()
        assert last["totalResults"] == 3
        assert last["Resources"][-1]["id"] == ada
        assert {bo, cy, ada} == {row["id"] for row in first["Resources"] + last["Resources"]}
        assert sorted(client.names()) == ["bo", "cy"]


def test_a_write_that_is_refused_hides_nothing(port: Port, store: Path) -> None:
    with faulted(port, store, do("hide: 9", "POST /Users", "2")) as client:
        client.user("ada")
        again = client.send("POST", "/Users", {"schemas": [CORE_USER], "userName": "ada"})
        assert again.status_code == 409
        assert client.names() == ["ada"]


def test_a_token_is_revoked_half_way(port: Port, store: Path) -> None:
    with faulted(port, store, do("revoke: true", "ANY *", "2")) as client:
        statuses = [client.get("/Users").status_code for _ in range(3)]
        assert statuses == [200, 401, 401]


def test_somebody_else_writes_between_two_requests(port: Port, store: Path) -> None:
    script = f"""
    faults:
      - when: {{request: GET /Groups, nth: '1'}}
        do:
          meanwhile:
            - {{method: POST, path: /Users, body: {{schemas: ["{CORE_USER}"], userName: eve}}}}
            - {{method: POST, path: /Groups, body: {{schemas: ["{CORE_GROUP}"], displayName: Ops}}}}
            - {{method: DELETE, path: /Users, name: ADA}}
            - {{method: DELETE, path: /Users, name: nobody}}
            - method: PATCH
              path: /Users
              name: bo
              body:
                schemas: ["{PATCH_OP}"]
                Operations: [{{op: replace, path: active, value: false}}]
    """
    with faulted(port, store, script) as client:
        client.user("ada")
        client.user("bo")
        groups = client.get("/Groups").json()["Resources"]
        assert [group["displayName"] for group in groups] == ["Ops"]
        everybody = client.get("/Users?count=100").json()["Resources"]
        names = {row["userName"]: row.get("active") for row in everybody}
        assert "ada" not in names
        assert {"eve", "bo"} <= names.keys()
        assert names["bo"] is False


@pytest.mark.parametrize("profile", QUIRKS)
def test_somebody_else_writes_of_whoever_a_name_stands_for(
    profile: str, port: Port, store: Path
) -> None:
    """Whatever the profile makes of pages and filters."""
    script = f"""
    faults:
      - when: {{request: GET /Users, nth: '1'}}
        do:
          meanwhile:
            - method: PATCH
              path: /Groups
              name: OPS
              body:
                schemas: ["{PATCH_OP}"]
                Operations: [{{op: add, path: members, value: [{{value: $Users/u1@zone.example}}]}}]
            - method: PATCH
              path: /Groups
              name: Ops
              body:
                schemas: ["{PATCH_OP}"]
                Operations: [{{op: remove, path: 'members[value eq "$Users/nobody"]'}}]
            - {{method: DELETE, path: /Users, name: nobody}}
    """
    played, found = read_script(script.encode(), "faults.yaml")
    assert found == ()
    nothing: frozenset[str] = frozenset()
    quirks = {"required_user": nothing, "required_group": nothing, "domains": None}
    with port.provider(store, profile=profile, script=replace(played, quirks=quirks)) as seen:
        client = Client(port)
        ids = [client.user(f"u{number}@zone.example") for number in range(3)]
        schemas = {"schemas": [CORE_GROUP], "displayName": "Ops"}
        group = client.send("POST", "/Groups", schemas).json()["id"]
        client.get("/Users")
        assert len(seen) == 5
    with Store.open(store) as kept, kept.reading() as transaction:
        assert [member.id for member in transaction.members(group)] == [ids[1]]


def test_a_script_changes_quirks_of_the_profile(port: Port, store: Path) -> None:
    with faulted(port, store, "quirks: {pageMax: '2', inactiveUsers: vanishes}") as client:
        for name in ("ada", "bo", "cy"):
            client.user(name)
        assert len(client.get("/Users?count=10").json()["Resources"]) == 2


def test_what_is_wrong_with_a_script_is_said_at_its_place() -> None:
    script = """\
quirks: {put: merge, inactive: x, zzzz: 1, etags: maybe}
faults:
- {when: {request: GRAB /Users, nth: 0}, do: {status: 200, retryAfter: soon}}
- {when: {reqest: GET /Users}, do: {reset: after}}
- {do: {hide: x, qqqqqq: 1}}
"""
    _, found = read_script(script.encode(), "f.yaml")
    told = [(d.code, d.at.line if d.at else 0, d.hint) for d in found]
    assert ("fault-script", 3, "expected which of them: `2`, `2-5` or `2-`") in told
    assert ("fault-script", 3, "expected a status from 400 to 599") in told
    assert ("fault-script", 3, "expected `13`, `13s` or `date:13`") in told
    assert ("unknown-field", 4, "did you mean `request`?") in told
    assert ("missing-field", 5, "expected `request`, and `nth`") in told
    assert ("fault-script", 5, "expected for how many reads") in told
    assert any(code == "unknown-field" and "fields are" in str(hint) for code, _, hint in told)


def test_a_quirk_that_there_is_not_and_a_value_that_it_does_not_take() -> None:
    script = b"quirks: {put: merge, inactiveUser: vanishes, zzzz: 1, etags: maybe}\n"
    played, found = read_script(script, "f.yaml")
    assert played.quirks == {}
    hints = [str(d.hint) for d in found]
    assert hints[:2] == ["expected replaces, merges", "did you mean `inactiveUsers`?"]
    assert hints[2].startswith("quirks are ")
    assert hints[3:] == ["expected true or false"]


def test_a_quirk_may_be_a_list_and_says_what_it_takes() -> None:
    script = b"quirks: {domains: [Zone.example], otherResources: [Roles], mostMembers: null}\n"
    played, found = read_script(script, "f.yaml")
    assert found == ()
    assert played.quirks == {
        "domains": frozenset({"zone.example"}),
        "other_resources": ("Roles",),
        "most_members": None,
    }
    script = (
        b"quirks: {domains: x, requiredUser: x, otherResources: x, pageMax: [a], idPrefix: []}\n"
    )
    _, wrong = read_script(script, "f.yaml")
    lists = ["expected a list of text"] * 3
    assert [d.hint for d in wrong] == [*lists, "expected a whole number", "expected text"]


@pytest.mark.parametrize(
    "action",
    ["", "reset: after, hide: 2", "body: html", "reset: after, retryAfter: 1s"],
)
def test_a_fault_does_one_thing(action: str) -> None:
    _, found = read_script(do(action).encode(), "f.yaml")
    (one,) = found
    assert (one.code, "expected one thing to do" in one.message) == ("fault-script", True)


@pytest.mark.parametrize("text", ["a: [", "a: 1\n---\nb: 2\n", ""])
def test_what_is_no_single_document_is_no_script(text: str) -> None:
    played, found = read_script(text.encode(), "f.yaml")
    assert (played.faults, len(found)) == ((), 1)


def test_values_in_bodies_are_json() -> None:
    script = """
    faults:
      - when: {request: READ *}
        do:
          meanwhile:
            - method: PUT
              path: /Users/1
              body: {a: true, b: "true", c: 7, d: 007, e: null, f: [x, {g: false}]}
    """
    played, found = read_script(script.encode(), "f.yaml")
    assert found == ()
    (fault,) = played.faults
    write: Any = fault.action
    assert write.writes[0].body == {
        "a": True,
        "b": "true",
        "c": 7,
        "d": "007",
        "e": None,
        "f": ["x", {"g": False}],
    }
