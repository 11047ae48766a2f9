"""Organisations that nobody thought of, and a world to run them in: manifests to provider.

Everything is real but the socket: YAML text is loaded, the embedded service provider keeps a file,
the client speaks SCIM to it in process, the executor writes.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from hypothesis import strategies as st

from reconciler.apply.brake import StopRequest
from reconciler.apply.execute import Applied, execute
from reconciler.apply.ledger import DirectoryLedger
from reconciler.cli.connections import open_target
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import real_world
from reconciler.desired.check import check
from reconciler.desired.desire import desire
from reconciler.manifests.load import load
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import has_errors
from reconciler.model.ledger import remember
from reconciler.model.plan import Plan
from reconciler.model.policy import Verdict
from reconciler.model.profile import Profile
from reconciler.model.resource import Actual
from reconciler.model.target import Target
from reconciler.plan.build import build_plan
from reconciler.plan.scene import set_scene
from reconciler.plan.selection import Selection
from reconciler.report.planfile import encode, save
from reconciler.scim.client import ScimClient
from reconciler.scim.snapshot import read_actual
from tests.builders import A_KEY

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

PEOPLE = ("ana", "bo", "cy", "di", "eve", "fay")
TEAMS = ("ops", "dev", "net")
#: Texts that have been trouble: case, diacritics, quotes, filters, blanks, other scripts.
TRICKY = st.sampled_from(
    ["Lead", "lead", "Ünal", 'a "b" c', "O'Neil", "a]b", "x\\y", "日本", " padded ", "a:b", "007"]
)


@dataclass(frozen=True)
class Person:
    key: str
    title: str | None
    department: str | None
    enabled: bool
    until: str | None


@dataclass(frozen=True)
class Team:
    key: str
    members: tuple[str, ...]
    rule: str | None
    additive: bool


@dataclass(frozen=True)
class Organisation:
    """What a tree of manifests says, small enough to be shrunk."""

    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    profile: str
    mark: bool = False

    def documents(self) -> list[str]:
        """One YAML document each, in no particular order."""
        return [
            *map(_person, self.people),
            *map(_team, self.teams),
            _target(self.profile, mark=self.mark),
        ]


def quoted(text: str) -> str:
    """A text as a YAML scalar."""
    return "'" + text.replace("'", "''") + "'"


def _person(person: Person) -> str:
    lines = [
        "apiVersion: reconciler/v1",
        "kind: User",
        f"metadata: {{name: {person.key}}}",
        "spec:",
        f"  userPrincipalName: {person.key}@zone.example",
        f"  accountEnabled: {'true' if person.enabled else 'false'}",
    ]
    for name, value in (("jobTitle", person.title), ("department", person.department)):
        if value is not None:
            lines.append(f"  {name}: {quoted(value)}")
    if person.until is not None:
        lines.append(f"  until: {person.until}")
    return "\n".join(lines) + "\n"


def _team(team: Team) -> str:
    lines = [
        "apiVersion: reconciler/v1",
        "kind: Group",
        f"metadata: {{name: {team.key}}}",
        "spec:",
        f"  displayName: Team {team.key}",
        f"  membership: {'additive' if team.additive else 'authoritative'}",
        f"  members: [{', '.join(team.members)}]",
    ]
    if team.rule is not None:
        lines.append(f"  memberRule: {quoted(team.rule)}")
    return "\n".join(lines) + "\n"


def _target(profile: str, *, mark: bool) -> str:
    title = "" if profile == "zpa" and mark else "    - {target: title, source: jobTitle}\n"
    return (
        "apiVersion: reconciler/v1\nkind: Target\nmetadata: {name: box}\nspec:\n"
        f"  profile: {profile}\n  baseUrl: embedded:box\n  scope: all\n"
        f"{'  repository: ours' if mark else ''}\n"
        "  users:\n    ownership: exclusive\n    mapping: people\n"
        "    actions: [create, update, deactivate]\n"
        f"  groups:\n    ownership: {'marked' if mark else 'exclusive'}\n    mapping: teams\n"
        "    actions: [create, update, delete]\n    deprovision: {removed: delete}\n"
        "---\napiVersion: reconciler/v1\nkind: AttributeMapping\nmetadata: {name: people}\n"
        "spec:\n  for: users\n  attributes:\n"
        "    - {target: userName, source: userPrincipalName, match: 1}\n"
        "    - {target: externalId, source: objectId}\n"
        "    - {target: active, expression: 'Not([IsSoftDeleted])'}\n"
        f"{title}"
        "    - target: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\n"
        "      source: department\n"
        "---\napiVersion: reconciler/v1\nkind: AttributeMapping\nmetadata: {name: teams}\n"
        "spec:\n  for: groups\n  attributes:\n"
        "    - {target: displayName, source: displayName, match: 1}\n"
        "    - {target: members, source: members}\n"
    )


def people(keys: Sequence[str] = PEOPLE) -> st.SearchStrategy[tuple[Person, ...]]:
    def person(key: str) -> st.SearchStrategy[Person]:
        return st.builds(
            Person,
            key=st.just(key),
            title=st.none() | TRICKY,
            department=st.none() | TRICKY,
            enabled=st.booleans(),
            until=st.sampled_from([None, "2026-11-22", "2026-11-23", "2027-06-30"]),
        )

    chosen = st.sets(st.sampled_from(keys)).map(sorted)
    return chosen.flatmap(lambda names: st.tuples(*map(person, names)))


@st.composite
def organisations(
    draw: st.DrawFn,
    rules: Sequence[str | None] = (None, 'user.department == "lead"', "user.accountEnabled"),
    profiles: Sequence[str] = ("rfc7644", "zpa"),
    *,
    mark: bool = False,
) -> Organisation:
    staff = draw(people())
    keys = [person.key for person in staff]
    teams = tuple(
        Team(
            key,
            tuple(draw(st.lists(st.sampled_from(keys), unique=True))) if keys else (),
            draw(st.sampled_from(rules)),
            draw(st.booleans()),
        )
        for key in sorted(draw(st.sets(st.sampled_from(TEAMS))))
    )
    return Organisation(staff, teams, draw(st.sampled_from(profiles)), mark=mark)


@dataclass
class Playground:
    """A directory with a provider and a ledger; organisations come and go."""

    directory: Path
    declared: Declared = field(default_factory=Declared)

    @property
    def state(self) -> StateDirectory:
        return StateDirectory(self.directory / "state")

    def declare(
        self, documents: Sequence[str], files: int = 1, tables: Mapping[str, Path] | None = None
    ) -> None:
        """Write the documents into so many files and load them, with the tables that are given."""
        tree = self.directory / f"manifests-{uuid4()}"
        tree.mkdir()
        for number in range(files):
            text = "---\n".join(documents[number::files])
            (tree / f"{number}.yaml").write_text(text, encoding="utf-8")
        loaded = load(tree, given=tables or {})
        found = (*loaded.diagnostics, *check(loaded.declared))
        assert not has_errors(found), found
        self.declared = loaded.declared

    @property
    def target(self) -> Target:
        return self.declared.targets["box"]

    @property
    def profile(self) -> Profile:
        return self.declared.profiles[self.target.profile]

    def with_client(self, work: Callable[[ScimClient], Awaitable[T]]) -> T:
        async def go() -> T:
            async with open_target(self.target, self.profile, real_world(), self.state) as client:
                return await work(client)

        return asyncio.run(go())

    def read(self) -> Actual:
        return self.with_client(lambda client: read_actual(client, self.profile))

    def ledger(self) -> DirectoryLedger:
        return DirectoryLedger(self.state.ledgers(), "box")

    def plan(self, actual: Actual | None = None) -> Plan:
        memory = remember(self.ledger().records())
        return build_plan(
            set_scene(
                declared=self.declared,
                desired=desire(
                    self.declared,
                    self.target,
                    self.profile,
                    as_of=NOW,
                    key=A_KEY,
                    counted=memory.rows,
                ),
                actual=actual if actual is not None else self.read(),
                target=self.target,
                profile=self.profile,
                memory=memory,
                as_of=NOW,
            ),
            commit=None,
            selection=Selection(),
        )

    def apply(self, plan: Plan) -> Applied:
        async def work(client: ScimClient) -> Applied:
            return await execute(
                plan,
                provider=client,
                profile=self.profile,
                ledger=self.ledger(),
                run=str(uuid4()),
                plan_digest="d",
                acknowledged=(),
                now=lambda: NOW,
                sleep=asyncio.sleep,
                stop=StopRequest(),
                progress=None,
            )

        return self.with_client(work)


@contextmanager
def playground() -> Iterator[Playground]:
    # In memory where there is such a place: what is tested here is not the disk.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Playground(Path(name))


def plan_bytes(plan: Plan) -> bytes:
    return encode(save(plan, Verdict()))


def memberships(actual: Actual) -> Mapping[str, frozenset[str]]:
    """Who is in which group, by what people call them."""
    names = {user.id: str(user.data.get("username")) for user in actual.users.resources.values()}
    found = {}
    for group in actual.groups.resources.values():
        assert isinstance(group.members, frozenset)
        found[str(group.data.get("displayname"))] = frozenset(names[m] for m in group.members)
    return found
