"""Changes that go together in one request: what it saves, and what can befall it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.simulator.faults.reading import read_script
from reconciler.simulator.middleware import Seen
from tests.e2e.shell import Ran, Shell
from tests.e2e.spoiling import FAULTS
from tests.faulted import Haste, Overhearing, Port

TOGETHER = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: together}
spec: {extends: rfc7644, bulkOperations: 100}
"""
NUMBER = 5


def people(number: int) -> str:
    users = "\n".join(
        f"- {{kind: User, metadata: {{name: p{n}}}, "
        f"spec: {{userPrincipalName: p{n}@zone.example, givenName: P, surname: '{n}'}}}}"
        for n in range(number)
    )
    return f"apiVersion: reconciler/v1\nkind: List\nitems:\n{users}\n"


def groups(number: int) -> str:
    members = ", ".join(f"p{n}" for n in range(number))
    return (
        "apiVersion: reconciler/v1\nkind: List\nitems:\n"
        f"- {{kind: Group, metadata: {{name: ops}}, "
        f"spec: {{displayName: Ops, members: [{members}]}}}}\n"
        "- {kind: Group, metadata: {name: net}, spec: {displayName: Net, members: [p0]}}\n"
    )


@pytest.fixture(scope="module")
def port() -> Port:
    port = Port()
    port.listen()
    return port


class Place:
    """Manifests in a directory, and a provider that is served afresh for each command."""

    def __init__(self, directory: Path, port: Port, *, number: int = NUMBER) -> None:
        self.port = port
        self.shell = Shell(directory, haste=Haste())
        self.shell.small_organisation(port.url, profile="together", credential="box")
        self.shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": "a-token",
            "RECONCILER_CREDENTIAL_BOX_HOSTS": f"127.0.0.1:{port.number}",
        }
        self.shell.write("manifests/profile.yaml", TOGETHER)
        self.shell.write("manifests/people.yaml", people(number))
        self.shell.write("manifests/groups.yaml", groups(number))

    @contextmanager
    def serves(
        self, *faults: str, quirks: str = "{}", around: Sequence[Middleware] = ()
    ) -> Iterator[list[Seen]]:
        text = f"quirks: {quirks}\nfaults: [{', '.join(faults)}]"
        script, found = read_script(text.encode(), "faults.yaml")
        assert found == ()
        file = self.shell.directory / "provider.db"
        with self.port.provider(file, script=script, middleware=around) as seen:
            yield seen

    def plan(self, name: str = "plan.json") -> Any:
        with self.serves():
            planned = self.shell.run("plan", "-o", name, "--format", "json")
        assert planned.code == 0, planned.err
        return planned.data["plan"]

    def apply(
        self, *faults: str, quirks: str = "{}", around: Sequence[Middleware] = ()
    ) -> tuple[Ran, Counter[str]]:
        with self.serves(*faults, quirks=quirks, around=around) as seen:
            applied = self.shell.run("apply", "plan.json", "--format", "json")
            asked = Counter(f"{s.method} {s.path.removeprefix('/scim/v2')}" for s in seen)
        assert "Traceback" not in applied.err
        return applied, asked

    def assert_converges(self, number: int = NUMBER) -> None:
        """One more plan and apply at most, and everybody is there once."""
        self.plan()
        applied, _ = self.apply()
        assert applied.code == 0, applied.out
        assert self.plan("again.json")["changes"] == []
        with self.serves():
            drift = self.shell.run("drift", "--format", "json")
        assert drift.code == 0, drift.out
        population = self.plan("again.json")["population"]
        assert (population["users_live"], population["groups_live"]) == (number, 2)


@pytest.fixture
def place(tmp_path: Path, port: Port) -> Place:
    return Place(tmp_path, port)


def estimated(planned: Any) -> dict[str, int]:
    """The requests of an apply, as the plan says."""
    names = {
        "GET": "gets", "POST": "posts", "PATCH": "patches", "PUT": "puts", "DELETE": "deletes"
    }  # fmt: skip
    counts = {method: planned["estimate"][name] for method, name in names.items()}
    return {method: count for method, count in counts.items() if count}


def test_what_is_planned_is_sent_in_few_requests_and_nothing_is_left(place: Place) -> None:
    planned = place.plan()
    applied, asked = place.apply()
    assert applied.code == 0, applied.out
    assert {o["status"] for o in applied.data["outcomes"]} == {"applied"}
    # People, groups, members.
    assert (asked["POST /Bulk"], asked["POST /Users"], asked["POST /Groups"]) == (3, 0, 0)
    assert applied.data["requests"] == estimated(planned)
    assert applied.data["bulkRefused"] is None
    assert place.plan("again.json")["changes"] == []


def test_a_thousand_people_are_ten_requests(tmp_path: Path, port: Port) -> None:
    place = Place(tmp_path, port, number=1000)
    place.shell.write("manifests/groups.yaml", groups(1))
    place.shell.write(
        "policies/guardrails.yaml",
        "apiVersion: reconciler/v1\nkind: Guardrails\nmetadata: {name: one}\n"
        "spec: {creates: {floor: 2000, cap: 2000}}\n",
    )
    assert place.plan()["estimate"]["posts"] == 10 + 1 + 1
    applied, asked = place.apply()
    assert (applied.code, asked["POST /Bulk"], asked["POST /Users"]) == (0, 12, 0)
    assert place.plan("again.json")["changes"] == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("nth", [1, 2])
def test_whatever_befalls_a_bulk_request_nobody_is_there_twice(
    nth: int, fault: str, place: Place
) -> None:
    planned = place.plan()
    spoilt = f"{{when: {{request: POST /Bulk, nth: '{nth}'}}, do: {{{FAULTS[fault]}}}}}"
    applied, asked = place.apply(spoilt)
    outcomes = applied.data["outcomes"]
    assert sorted(o["hash"] for o in outcomes) == sorted(c["hash"] for c in planned["changes"])
    fine = {o["status"] for o in outcomes} <= {"applied", "alreadyApplied"}
    assert (applied.code == 0) is fine
    assert asked["POST /Bulk"] <= 4  # a 429 alone is sent again
    strangers = fault.startswith("second-writer")
    if not strangers:
        place.assert_converges()


@pytest.mark.parametrize("fault", ["reset: after", "truncate: 40", "answer: malformed"])
def test_a_lost_answer_is_settled_by_reading_alone(fault: str, place: Place) -> None:
    place.plan()
    applied, asked = place.apply(f"{{when: {{request: POST /Bulk}}, do: {{{fault}}}}}")
    assert {o["status"] for o in applied.data["outcomes"]} == {"applied"}
    assert (asked["POST /Users"], asked["POST /Groups"]) == (0, 0)
    assert place.plan("again.json")["changes"] == []


@pytest.mark.parametrize(
    ("fault", "quirks"),
    [
        (["{when: {request: POST /Bulk}, do: {status: 413}}"], "{}"),
        (["{when: {request: POST /Bulk}, do: {status: 404, body: html}}"], "{}"),
        ([], "{bulkOperations: null}"),
        ([], "{bulkOperations: 2}"),
        ([], "{bulkBytes: 200}"),
    ],
)
def test_a_provider_that_refuses_it_gets_single_requests_and_the_report_says_so(
    fault: list[str], quirks: str, place: Place
) -> None:
    place.plan()
    applied, asked = place.apply(*fault, quirks=quirks)
    assert applied.code == 0, applied.out
    assert (asked["POST /Bulk"], asked["POST /Users"], asked["POST /Groups"]) == (1, NUMBER, 2)
    assert "in one request" in applied.data["bulkRefused"]
    assert place.plan("again.json")["changes"] == []


def test_the_operator_reads_that_bulk_was_refused(place: Place) -> None:
    place.plan()
    with place.serves(quirks="{bulkOperations: null}"):
        applied = place.shell.run("apply", "plan.json")
    assert applied.code == 0
    assert "No Bulk: cannot make 5 changes in one request" in applied.out


def test_one_operation_that_is_refused_stops_no_other(place: Place) -> None:
    """Somebody else takes a name between our second look and our request."""
    place.plan()
    body = '{schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: p2@zone.example}'
    applied, asked = place.apply(
        "{when: {request: POST /Bulk, nth: '1'}, "
        f"do: {{meanwhile: [{{method: POST, path: /Users, body: {body}}}]}}}}"
    )
    assert applied.code == 5
    created = {
        o["subject"]: o["status"] for o in applied.data["outcomes"] if o["action"] == "create"
    }
    assert created.pop("user:p2") == "failed"
    assert set(created.values()) == {"applied"} and len(created) == NUMBER - 1 + 2
    assert asked["POST /Users"] == 0


Results = list[dict[str, Any]]


class _Altering:
    """Answers to Bulk requests, altered on their way."""

    def __init__(self, app: ASGIApp, *, results: Callable[[Results], Results]) -> None:
        self._app = app
        self._results = results

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].endswith("/Bulk"):
            await self._app(scope, receive, send)
            return
        parts: list[Message] = []

        async def keep(message: Message) -> None:
            parts.append(message)

        await self._app(scope, receive, keep)
        answer = json.loads(b"".join(part.get("body", b"") for part in parts))
        answer["Operations"] = self._results(answer["Operations"])
        await JSONResponse(answer)(scope, receive, send)


def _first_lost(results: Results) -> Results:
    return results[1:]


def _named_otherwise(results: Results) -> Results:
    return [{**results[0], "bulkId": "somebody"}, *results[1:]]


def _first_twice(results: Results) -> Results:
    return [results[0], *results]


def _names_exchanged(results: Results) -> Results:
    """Each under its neighbour's name: what is taken for theirs would give them other's access."""
    names = [result["bulkId"] for result in results]
    turned = [*names[1:], names[0]]
    return [{**r, "bulkId": name} for r, name in zip(results, turned, strict=True)]


def _unnamed(results: Results) -> Results:
    """A `bulkId` is asked for of a POST only (§3.7.3)."""
    return [{n: v for n, v in result.items() if n != "bulkId"} for result in results]


def _in_reverse(results: Results) -> Results:
    return results[::-1]


def _without_bodies(results: Results) -> Results:
    return [{n: v for n, v in result.items() if n != "response"} for result in results]


def _nameless(results: Results) -> Results:
    return [{n: v for n, v in r.items() if n not in {"response", "location"}} for r in results]


@pytest.mark.parametrize(
    "altered",
    [
        _first_lost,
        _named_otherwise,
        _first_twice,
        _names_exchanged,
        _in_reverse,
        _without_bodies,
        _nameless,
    ],
)
def test_results_that_are_not_ours_are_settled_by_reading(
    altered: Callable[[Results], Results], place: Place
) -> None:
    place.plan()
    applied, asked = place.apply(around=[Middleware(_Altering, results=altered)])
    assert {o["status"] for o in applied.data["outcomes"]} == {"applied"}, applied.out
    assert (asked["POST /Users"], asked["POST /Groups"]) == (0, 0)
    assert place.plan("again.json")["changes"] == []


MOVED = {
    "manifests/people.yaml": (
        ("{name: p0}, spec: {", "{name: p0}, spec: {jobTitle: Head, "),
        ("{name: p1}, spec: {", "{name: p1}, spec: {jobTitle: Head, "),
        ("{name: p2}, spec: {", "{name: p2}, spec: {accountEnabled: false, "),
        ("{name: p3}, spec: {", "{name: p3}, spec: {accountEnabled: false, "),
    ),
}
GROUPS_MOVED = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: Group, metadata: {name: a}, spec: {displayName: A, members: [p5, p6]}}
- {kind: Group, metadata: {name: b}, spec: {displayName: B, members: [p5, p6]}}
- {kind: Group, metadata: {name: c}, spec: {displayName: C, members: [p5, p6]}}
"""
#: What each Bulk request of the change does: leavers, titles, members who join, the first group
#: that loses some, the other two.
STAGES = [["PATCH"] * 2, ["PATCH"] * 2, ["PATCH"] * 3, ["PATCH"], ["PATCH"] * 2]


@pytest.fixture(scope="module")
def in_sync(tmp_path_factory: pytest.TempPathFactory, port: Port) -> Path:
    """Seven people in three groups, in sync, and manifests that change nearly everything."""
    place = Place(tmp_path_factory.mktemp("bulk"), port, number=7)
    place.shell.write("manifests/groups.yaml", GROUPS_MOVED.replace("p5, p6", "p4, p5"))
    place.plan()
    applied, _ = place.apply()
    assert applied.code == 0, applied.out
    for file, edits in MOVED.items():
        for old, new in edits:
            place.shell.edit(file, old, new)
    place.shell.write("manifests/groups.yaml", GROUPS_MOVED)
    return place.shell.directory


@pytest.fixture
def moving(in_sync: Path, tmp_path: Path, port: Port) -> Place:
    place = Place(tmp_path, port)
    shutil.copytree(in_sync, tmp_path, dirs_exist_ok=True)
    return place


def _is_bulk(_: str, path: str) -> bool:
    return path.endswith("/Bulk")


def test_a_change_of_everything_is_as_many_requests_as_was_estimated(moving: Place) -> None:
    planned = moving.plan()
    bodies: list[Any] = []
    listening = Middleware(Overhearing, wanted=_is_bulk, said=bodies)
    applied, asked = moving.apply(around=[listening])
    assert applied.code == 0, applied.out
    assert [[o["method"] for o in body["Operations"]] for body in bodies] == STAGES
    assert asked["POST /Bulk"] == len(STAGES)
    assert applied.data["requests"] == estimated(planned)
    assert moving.plan("again.json")["changes"] == []


@pytest.mark.parametrize("quirks", ["{bulkOperations: null}", "{bulkOperations: 1}"])
def test_without_bulk_the_same_change_goes_one_by_one(quirks: str, moving: Place) -> None:
    moving.plan()
    applied, asked = moving.apply(quirks=quirks)
    assert applied.code == 0, applied.out
    assert "in one request" in applied.data["bulkRefused"]
    assert asked["POST /Bulk"] == 1
    assert moving.plan("again.json")["changes"] == []


@pytest.mark.parametrize("nth", range(1, len(STAGES) + 1))
@pytest.mark.parametrize(
    "fault", ["reset-before", "reset-after", "503-after-work", "answer-html", "status-400"]
)
def test_whatever_befalls_a_request_that_changes_what_is_there_the_next_run_converges(
    fault: str, nth: int, moving: Place
) -> None:
    planned = moving.plan()
    applied, _ = moving.apply(
        f"{{when: {{request: POST /Bulk, nth: '{nth}'}}, do: {{{FAULTS[fault]}}}}}"
    )
    outcomes = applied.data["outcomes"]
    assert sorted(o["hash"] for o in outcomes) == sorted(c["hash"] for c in planned["changes"])
    assert {o["status"] for o in outcomes} == {"applied"}, applied.out
    assert moving.plan("again.json")["changes"] == []


@pytest.mark.parametrize(
    "altered", [_first_lost, _first_twice, _names_exchanged, _in_reverse, _unnamed, _without_bodies]
)
def test_results_of_changes_are_told_apart_or_settled_by_reading(
    altered: Callable[[Results], Results], moving: Place
) -> None:
    moving.plan()
    applied, _ = moving.apply(around=[Middleware(_Altering, results=altered)])
    assert {o["status"] for o in applied.data["outcomes"]} == {"applied"}, applied.out
    assert moving.plan("again.json")["changes"] == []
