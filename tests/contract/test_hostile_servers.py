"""Servers that sin against the standard in one way each, and somebody's whole life on them.

A sin that can be borne changes nothing: join, move and leave end as on a good server. One that
cannot must be told, with an exit code, and cost nobody anything.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.hostile_server import TOKEN, Refused, Row, Said, Server, serving
from tests.e2e.shell import Shell
from tests.faulted import Haste


@contextmanager
def organisation(server: Server, directory: Path) -> Iterator[Shell]:
    """The small organisation, whose target is that server."""
    with serving(server) as url:
        shell = Shell(directory, haste=Haste())
        shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
            "RECONCILER_CREDENTIAL_BOX_HOSTS": url.split("/")[2],
        }
        yield shell.small_organisation(url, credential="box")


def move(shell: Shell) -> None:
    """Bo is renamed, Cy takes Ada's place in the group, Ada leaves."""
    people = "manifests/people.yaml"
    shell.edit(people, "userPrincipalName: bo@", "userPrincipalName: bo.ek@")
    shell.edit(people, "jobTitle: Lead}", "jobTitle: Lead, accountEnabled: false}")
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e2, e3]")


JOINED = [("ada@zone.example", True), ("bo@zone.example", True), ("cy@zone.example", True)]
TEAM = {"Ops": {"ada@zone.example", "bo@zone.example"}}
MOVED = [("ada@zone.example", False), ("bo.ek@zone.example", True), ("cy@zone.example", True)]
NEW_TEAM = {"Ops": {"bo.ek@zone.example", "cy@zone.example"}}


# Sins that can be borne


class NumbersAsIds(Server):
    """Each kind has its own numbers, so that a user and a group have the same id."""

    def new_id(self, kind: str) -> int:
        return len(self.stores[kind]) + 1

    def shown(self, kind: str, row: Row) -> Row:
        ids = [str(member["value"]) for member in row.get("members", [])]
        members = [{"value": int(each) if each.isdigit() else each} for each in ids]
        return {**row, "members": members} if kind == "Groups" else row


class OddIds(Server):
    def new_id(self, kind: str) -> str:
        return f"ü/ {kind}?#%41&=+\"'{len(self.asked)}"


class TextForBooleans(Server):
    def shown(self, kind: str, row: Row) -> Row:
        return {**row, "active": str(row["active"])} if kind == "Users" else row


class NamesInOddCase(Server):
    def shown(self, kind: str, row: Row) -> Row:
        return {name.swapcase(): value for name, value in super().shown(kind, row).items()}

    def listed(self, kind: str, rows: list[Any], total: int, start: int) -> Row:
        return {n.upper(): v for n, v in super().listed(kind, rows, total, start).items()}


class MuchThatIsUnknown(Server):
    def shown(self, kind: str, row: Row) -> Row:
        known = {name: value for name, value in row.items() if name != "schemas"}
        return {**known, "x": [None, {"y": [1, {}]}], "urn:x": {}, "groups": [{"value": kind}]}


class NoListWhereNobodyIs(Server):
    def listed(self, kind: str, rows: list[Any], total: int, start: int) -> Row:
        page: Row = super().listed(kind, rows, total, start)
        return page if rows else {**page, "Resources": None, "itemsPerPage": -7, "startIndex": "x"}


class TotalAsText(Server):
    def listed(self, kind: str, rows: list[Any], total: int, start: int) -> Row:
        return {**super().listed(kind, rows, total, start), "totalResults": str(total)}


class TotalAsFraction(Server):
    def listed(self, kind: str, rows: list[Any], total: int, start: int) -> Row:
        return {**super().listed(kind, rows, total, start), "totalResults": float(total)}


class PagesOfTwo(Server):
    page_max = 2


class PageNumbers(Server):
    def page(self, rows: list[Row], start: int, count: int) -> list[Row]:  # noqa: ARG002  ignored
        return rows[(start - 1) * 2 :][:2]


class CountIgnored(Server):
    def page(self, rows: list[Row], start: int, count: int) -> list[Row]:  # noqa: ARG002  ignored
        return rows[start - 1 :]


class FailsOnCount(Server):
    page_max = 2

    def many(self, kind: str, query: Mapping[str, str]) -> Said:
        if "count" in query:
            raise Refused(500)
        return super().many(kind, query)


class RefusesMuch(Server):
    def many(self, kind: str, query: Mapping[str, str]) -> Said:
        if int(query.get("count", "1")) > 50:
            raise Refused(400, "invalidValue")
        return super().many(kind, query)


class NoFilters(Server):
    def matching(self, *_: object) -> list[Row]:
        raise Refused(501)


class FiltersIgnored(Server):
    def matching(self, kind: str, rows: Any, text: str) -> list[Row]:  # noqa: ARG002  ignored
        return list(rows)


class FiltersFindNobody(Server):
    def matching(self, *_: object) -> list[Row]:
        return []


class ErrorsWithStatus200(Server):
    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        try:
            return super().answer(method, path, query, body)
        except Refused as refused:
            return Said(200, refused.said.body)


class Silent(Server):
    """Writes are answered with a status alone."""

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        said = super().answer(method, path, query, body)
        return said if method in {"GET", "POST"} else Said(202)


class MadeAndOnlyPlaced(Server):
    def post(self, kind: str, body: Row) -> Said:
        place = f"https://elsewhere.invalid/{kind}/{super().post(kind, body).body['id']}"
        return Said(201, headers={"location": place})


class SaysOk(Server):
    def patch(self, kind: str, id: str, body: Row) -> Said:
        super().patch(kind, id, body)
        return Said(raw=b"OK")


class ShowsWhatWasBefore(Server):
    def patch(self, kind: str, id: str, body: Row) -> Said:
        before = dict(self.find(kind, id))
        super().patch(kind, id, body)
        return Said(body=before)


class MembersAsText(Server):
    def shown(self, kind: str, row: Row) -> Row:
        members = [member["value"] for member in row.get("members", [])]
        return {**row, "members": members} if kind == "Groups" else row


class MembersByAddress(Server):
    def shown(self, kind: str, row: Row) -> Row:
        members = [{"$ref": f"../Users/{member['value']}"} for member in row.get("members", [])]
        return {**row, "members": members} if kind == "Groups" else row


class OneMemberWithoutAList(Server):
    def shown(self, kind: str, row: Row) -> Row:  # noqa: ARG002  users have none
        members = row.get("members", [])
        return {**row, "members": members[0]} if len(members) == 1 else row


class GroupsEchoNobody(Server):
    def patch(self, kind: str, id: str, body: Row) -> Said:
        said = super().patch(kind, id, body)
        return Said(body={**said.body, "members": []}) if kind == "Groups" else said


class NoTarget(Server):
    def move(self, row: Row, op: str, one: str | None, value: Any) -> None:
        if one is not None and one not in [m["value"] for m in row.get("members", [])]:
            raise Refused(400, "noTarget")
        super().move(row, op, one, value)


class DeclaresHtml(Server):
    media_type = "text/html; charset=utf-8"


class DeclaresNothing(Server):
    media_type = None


class Gzipped(Server):
    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        said = super().answer(method, path, query, body)
        packed = gzip.compress(self.encoded(said))
        return Said(said.status, headers={"content-encoding": "gzip"}, raw=packed)


class Deflated(Server):
    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        said = super().answer(method, path, query, body)
        pack = zlib.compressobj(wbits=-15)
        packed = pack.compress(self.encoded(said)) + pack.flush()
        return Said(said.status, headers={"content-encoding": "deflate"}, raw=packed)


class BytesBefore(Server):
    def encoded(self, said: Said) -> bytes:
        content = super().encoded(said)
        return content and b"\xef\xbb\xbf" + content


class Versions(Server):
    """Another version at every look, and nobody is asked for it."""

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        said = super().answer(method, path, query, body)
        said.headers["etag"] = f'W/"{len(self.asked)}"'
        return said


class Gone(Server):
    def find(self, kind: str, id: str) -> Row:
        if id not in self.stores[kind]:
            raise Refused(410)
        return super().find(kind, id)


class Throttles(Server):
    after: str | None = "1"

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        if len(self.asked) % 3 == 0:
            headers = {} if self.after is None else {"retry-after": self.after}
            return Said(429, headers=headers)
        return super().answer(method, path, query, body)


class ThrottlesWithoutATime(Throttles):
    after = None


class ThrottlesWithNonsense(Throttles):
    after = "-5"


class ThrottlesInWords(Throttles):
    after = "13s"


class DoneAndFailed(Server):
    """Every write is carried out, and every answer to one says that it was not."""

    status = 500

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        said = super().answer(method, path, query, body)
        if method != "GET":
            raise Refused(self.status)
        return said


class DoneAndUnavailable(DoneAndFailed):
    status = 503


class DoneAndLost(DoneAndFailed):
    status = 504


BEARABLE = [
    Server,
    NumbersAsIds,
    OddIds,
    TextForBooleans,
    NamesInOddCase,
    MuchThatIsUnknown,
    NoListWhereNobodyIs,
    TotalAsText,
    TotalAsFraction,
    PagesOfTwo,
    PageNumbers,
    CountIgnored,
    FailsOnCount,
    RefusesMuch,
    NoFilters,
    FiltersIgnored,
    FiltersFindNobody,
    ErrorsWithStatus200,
    Silent,
    MadeAndOnlyPlaced,
    SaysOk,
    ShowsWhatWasBefore,
    MembersAsText,
    MembersByAddress,
    OneMemberWithoutAList,
    GroupsEchoNobody,
    NoTarget,
    DeclaresHtml,
    DeclaresNothing,
    Gzipped,
    Deflated,
    BytesBefore,
    Versions,
    Gone,
    Throttles,
    ThrottlesWithoutATime,
    ThrottlesWithNonsense,
    ThrottlesInWords,
    DoneAndFailed,
    DoneAndUnavailable,
    DoneAndLost,
]


@pytest.mark.parametrize("sin", BEARABLE, ids=lambda sin: sin.__name__)
def test_whoever_joins_moves_and_leaves_there_does_so_as_on_a_good_server(
    sin: type[Server], tmp_path: Path
) -> None:
    server = sin()
    with organisation(server, tmp_path) as shell:
        assert shell.run("doctor", "box").code == 0
        joined = shell.apply()
        assert joined.code == 0, joined.out + joined.err
        assert (server.people, server.teams) == (JOINED, TEAM)
        assert shell.run("plan", "--detailed-exitcode").code == 0
        move(shell)
        moved = shell.apply()
        assert moved.code == 0, moved.out + moved.err
        assert (server.people, server.teams) == (MOVED, NEW_TEAM)
        assert shell.run("plan", "--detailed-exitcode").code == 0
        assert shell.run("drift").code == 0


# Sins that nobody can bear are told, and cost nobody anything


class ListsTheActive(Server):
    def many(self, kind: str, query: Mapping[str, str]) -> Said:
        everybody = self.stores
        active = {n: row for n, row in everybody["Users"].items() if row["active"]}
        self.stores = {**everybody, "Users": active}
        try:
            return super().many(kind, query)
        finally:
            self.stores = everybody


class TotalTooLow(Server):
    """It counts the rows of the page."""

    page_max = 2

    def listed(self, kind: str, rows: list[Any], total: int, start: int) -> Any:
        return super().listed(kind, rows, min(total, len(rows)), start)


class AddsByReplacing(Server):
    def move(self, row: Row, op: str, one: str | None, value: Any) -> None:
        super().move(row, "replace" if op == "add" else op, one, value)


class DropsMembers(Server):
    def move(self, row: Row, op: str, one: str | None, value: Any) -> None:
        super().move(row, op, one, value[:1] if op == "add" else value)


class MembersInResourcesAlone(Server):
    def many(self, kind: str, query: Mapping[str, str]) -> Said:
        said = super().many(kind, query)
        for row in said.body["Resources"]:
            row.pop("members", None)
        return said

    def shown(self, kind: str, row: Row) -> Row:  # noqa: ARG002  both
        return dict(row)


def test_a_list_without_members_is_told_from_empty_groups(tmp_path: Path) -> None:
    """Taken at its word, everybody would be added for ever, and nobody ever removed."""
    server = MembersInResourcesAlone()
    with organisation(server, tmp_path) as shell:
        assert shell.apply().code == 0
        again = shell.run("plan")
        assert again.code == 1
        assert "the profile says `membersIn: list`, and should say `resource`" in again.out
        shell.write(
            "manifests/profile.yaml",
            "apiVersion: reconciler/v1\nkind: Profile\nmetadata: {name: theirs}\n"
            "spec: {extends: rfc7644, membersIn: resource}\n",
        )
        shell.edit("manifests/target.yaml", "profile: rfc7644", "profile: theirs")
        move(shell)
        assert shell.apply().code == 0
        assert server.teams == NEW_TEAM
        assert shell.run("plan", "--detailed-exitcode").code == 0


def test_adding_that_replaces_happens_to_one_group_and_is_told(tmp_path: Path) -> None:
    server = AddsByReplacing()
    with organisation(server, tmp_path) as shell:
        assert shell.apply().code == 0
        shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1, e2, e3]")
        ran = shell.apply()
        assert ran.code == 5
        assert "2 members vanished when 1 were added, who replace them here" in ran.out
        assert "reconciler doctor TARGET --scratch" in ran.out


def test_members_who_are_dropped_without_a_word_are_told(tmp_path: Path) -> None:
    server = DropsMembers()
    with organisation(server, tmp_path) as shell:
        ran = shell.apply()
        assert ran.code == 5
        assert "1 of 2 are no members, although the provider said that they were added" in ran.out
        assert shell.apply().code == 0  # one at a time
        assert server.teams == TEAM


def test_who_is_switched_off_and_not_listed_comes_back_and_is_not_made_again(
    tmp_path: Path,
) -> None:
    server = ListsTheActive()
    with organisation(server, tmp_path) as shell:
        shell.apply()
        people = "manifests/people.yaml"
        shell.edit(people, "surname: Twombly}", "surname: Twombly, accountEnabled: false}")
        assert shell.apply().code == 0
        shell.edit(people, ", accountEnabled: false}", "}")
        back = shell.apply()
        assert back.code == 0, back.out
        assert server.people == JOINED
        assert shell.run("plan", "--detailed-exitcode").code == 0


def test_a_list_that_lacks_whom_an_apply_has_made_is_not_believed(tmp_path: Path) -> None:
    """Its numbers agree with one another; the ledger knows better."""
    server = TotalTooLow()
    with organisation(server, tmp_path) as shell:
        assert shell.apply().code == 0
        assert server.people == JOINED
        again = shell.run("plan", "-o", "again.json")
        assert again.code == 1
        assert "Incomplete: users: its list lacks 1 of those who are there" in again.out
        move(shell)
        shell.run("plan", "-o", "moved.json")
        shell.run("apply", "moved.json")
        assert server.people == [("ada@zone.example", True), *MOVED[1:]]  # nobody is removed
        assert server.teams == {"Ops": {"ada@zone.example", *NEW_TEAM["Ops"]}}


def test_a_leaver_whom_a_list_lacks_leaves_all_the_same(tmp_path: Path) -> None:
    server = TotalTooLow()
    with organisation(server, tmp_path) as shell:
        assert shell.apply().code == 0
        people = "manifests/people.yaml"
        shell.edit(people, "surname: Twombly}", "surname: Twombly, accountEnabled: false}")
        left = shell.apply()
        assert left.code == 0, left.out
        assert server.people == [*JOINED[:2], ("cy@zone.example", False)]
        assert shell.run("plan", "--detailed-exitcode").code == 0


# What doctor finds out there


class MembersNowhere(MembersInResourcesAlone):
    def shown(self, kind: str, row: Row) -> Row:
        return {name: value for name, value in row.items() if name != "members" or kind == "Users"}


class RemovesByListAlone(Server):
    def move(self, row: Row, op: str, one: str | None, value: Any) -> None:
        if one is not None:
            raise Refused(501)
        super().move(row, op, one, value)


class DeletesSoftly(Server):
    def delete(self, kind: str, id: str) -> Said:
        if kind == "Groups":
            return super().delete(kind, id)
        self.find(kind, id)["active"] = False
        return Said(204)


class NamesAreIds(Server):
    def post(self, kind: str, body: Row) -> Said:
        said = super().post(kind, body)
        store = self.stores[kind]
        row = store.pop(str(said.body["id"]))
        row["id"] = row.get("userName", row["displayName"] if kind == "Groups" else None)
        store[row["id"]] = row
        return Said(201, row)


class NamesAreFixed(Server):
    def patch(self, kind: str, id: str, body: Row) -> Said:
        if any(each.get("path") in {"userName", "displayName"} for each in body["Operations"]):
            raise Refused(400, "mutability")
        return super().patch(kind, id, body)


class TakesPutAlone(Server):
    def patch(self, *_: object) -> Said:
        raise Refused(405)


class TakesPutAndMerges(TakesPutAlone):
    def put(self, kind: str, id: str, body: Row) -> Said:
        old = self.find(kind, id)
        both = {m["value"]: m for m in [*old.get("members", []), *body.get("members", [])]}
        return super().put(kind, id, {**old, **body, "members": list(both.values())})


class WantsNames(Server):
    def post(self, kind: str, body: Row) -> Said:
        if kind == "Users" and "name" not in body:
            raise Refused(400, "invalidValue")
        return super().post(kind, body)


PROPOSED: list[tuple[type[Server], list[str]]] = [
    (Server, []),
    (NumbersAsIds, []),
    (FailsOnCount, ["takesCount: false", "pageDefault: 2"]),
    (RefusesMuch, ["pageMax: 50"]),
    (MembersInResourcesAlone, ["membersIn: resource"]),
    (MembersNowhere, ["membersIn: probed"]),
    (RemovesByListAlone, ["memberRemoval: list"]),
    (DeletesSoftly, ["deletion: deactivates"]),
    (WantsNames, []),
    (NamesAreIds, []),
    (TakesPutAlone, ["updateGroup: putReplaces", "updateUser: putReplaces"]),
    (TakesPutAndMerges, ["updateGroup: putMerges", "updateUser: putMerges"]),
    (
        NamesAreFixed,
        [
            "groups:",
            "attributes:",
            "displayName:",
            "mutability: immutable",
            "users:",
            "attributes:",
            "userName:",
            "mutability: immutable",
        ],
    ),
]


@pytest.mark.parametrize(("sin", "proposed"), PROPOSED, ids=[sin.__name__ for sin, _ in PROPOSED])
def test_doctor_proposes_what_the_server_does_and_cleans_up(
    sin: type[Server], proposed: list[str], tmp_path: Path
) -> None:
    """From an endpoint that nobody knows to a profile: what it proposes is what is needed."""
    server = sin()
    for number in range(4):
        name = f"p{number}@zone.example"
        server.post("Users", {"userName": name, "active": True, "name": {}})
        server.asked.append("")  # another id for the next
    with organisation(server, tmp_path) as shell:
        examined = shell.run("doctor", "box", "--scratch", "--yes", "--format", "json")
    assert examined.code == 0, examined.out + examined.err
    lines = [line.split("  #")[0].strip() for line in examined.data["proposal"].splitlines()]
    always = ["discovery:", "documents: absent"]  # it has none
    if not issubclass(sin, TakesPutAlone):
        always.append("etags: false")
    assert sorted(lines[6:]) == sorted([*always, *proposed])
    kept = 3 if sin is DeletesSoftly else 0
    assert (len(server.people), server.teams) == (4 + kept, {})


@pytest.mark.parametrize("sin", [NamesAreFixed, TakesPutAlone, RemovesByListAlone])
def test_with_the_profile_that_doctor_proposes_life_goes_on_there(
    sin: type[Server], tmp_path: Path
) -> None:
    """Pasted as it is printed."""
    server = sin()
    with organisation(server, tmp_path) as shell:
        examined = shell.run("doctor", "box", "--scratch", "--yes", "--format", "json").data
        shell.write("manifests/profile.yaml", examined["proposal"])
        shell.edit("manifests/target.yaml", "profile: rfc7644", "profile: rfc7644-as-seen")
        assert shell.run("validate").code == 0
        assert shell.apply().code == 0
        move(shell)
        moved = shell.apply()
        assert moved.code == 0, moved.out
        left, renamed, stayed = MOVED
        bo = ("bo@zone.example", True) if sin is NamesAreFixed else renamed
        assert server.people == [left, bo, stayed]
        assert server.teams == {"Ops": {bo[0], "cy@zone.example"}}
        assert shell.run("plan", "--detailed-exitcode").code == 0


def test_doctor_says_that_a_list_ends_too_early(tmp_path: Path) -> None:
    server = TotalTooLow()
    for number in range(4):
        server.stores["Users"][f"u{number}"] = {"id": f"u{number}", "userName": f"{number}"}
    with organisation(server, tmp_path) as shell:
        examined = shell.run("doctor", "box")
    assert examined.code == 1
    assert "beyond the `totalResults` that it names there is somebody else" in examined.out


class ChangesNothing(TakesPutAlone):
    def put(self, *_: object) -> Said:
        raise Refused(405)


class RefusesEverybody(Server):
    def post(self, *_: object) -> Said:
        raise Refused(400, "invalidValue")


@pytest.mark.parametrize(
    ("sin", "said"),
    [
        (ChangesNothing, "a user cannot be changed: PATCH answers 405, and PUT does nothing"),
        (ChangesNothing, "nobody can be added to a group (405), also not by PUT"),
        (RefusesEverybody, "no user can be made (400, 400) [canary]"),
    ],
)
def test_doctor_says_what_cannot_be_done_there_at_all(
    sin: type[Server], said: str, tmp_path: Path
) -> None:
    server = sin()
    with organisation(server, tmp_path) as shell:
        examined = shell.run("doctor", "box", "--scratch", "--yes", "--report", "report.md")
    assert examined.code == 1
    assert said in examined.out
    assert "canary" not in shell.read("report.md")  # the provider's own words stay here
    assert (server.people, server.teams) == ([], {})
