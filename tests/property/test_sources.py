"""Sources of people: an incomplete one removes nobody, order means nothing, leavers leave."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.change import Deactivate, Delete, RemoveMembers
from reconciler.model.identity import Kind
from reconciler.model.outcome import Status
from reconciler.model.plan import Plan
from tests.property.organisations import NOW, PEOPLE, Playground, plan_bytes, playground

COMMON = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
HEADER = "id,login,title,unit,status"
REMOVALS = ("keep", "report", "deactivate", "delete")


@dataclass(frozen=True)
class Row:
    key: str
    title: str
    unit: str
    left: bool = False

    def __str__(self) -> str:
        status = "LEFT" if self.left else "here"
        return f"{self.key},{self.key}@zone.example,{self.title},{self.unit},{status}"


@dataclass(frozen=True)
class Workplace:
    """People of a source, some with a manifest over it, and what a target does with leavers."""

    rows: tuple[Row, ...]
    over: tuple[str, ...]  # a manifest that stands on the row
    beside: tuple[str, ...]  # a manifest that would do without it
    listed: tuple[str, ...]
    rule: str
    profile: str
    removal: str
    days: str
    assigned: bool
    filtered: bool

    def documents(self) -> list[str]:
        source = (
            "apiVersion: reconciler/v1\nkind: Source\nmetadata: {name: hr}\nspec:\n  key: id\n"
            "  attributes: {userPrincipalName: login, jobTitle: title, department: unit}\n"
            "  leavers: {column: status, values: [left]}\n  expect: {min: 1}\n"
            "  maxAge: 1d\n  maxShrink: {share: 100%, floor: 9}\n"
        )
        group = (
            "apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: ops}\nspec:\n"
            f"  displayName: Ops\n  members: [{', '.join(self.listed)}]\n"
            f"  memberRule: {self.rule}\n"
        )
        return [source, group, self._target(), *self._people(), *self._access()]

    def _people(self) -> Iterable[str]:
        for key in self.over:
            yield (
                f"apiVersion: reconciler/v1\nkind: User\nmetadata: {{name: {key}}}\n"
                "spec: {city: Lisbon}\n"
            )
        for key in self.beside:
            yield (
                f"apiVersion: reconciler/v1\nkind: User\nmetadata: {{name: {key}}}\n"
                f"spec: {{userPrincipalName: {key}@zone.example, city: Porto}}\n"
            )

    def _target(self) -> str:
        says = ", ".join(
            f"{field}: {self.removal}"
            for field in ("disabled", "outOfScope", "unassigned", "removed")
        )
        return (
            "apiVersion: reconciler/v1\nkind: Target\nmetadata: {name: box}\nspec:\n"
            f"  profile: {self.profile}\n  baseUrl: embedded:box\n"
            f"  scope: {'assigned' if self.assigned else 'all'}\n"
            "  users:\n    ownership: exclusive\n    mapping: people\n"
            "    actions: [create, update, deactivate, delete]\n"
            f"{'    filter: units' if self.filtered else ''}\n"
            f"    deprovision: {{{says}, deleteAfterDays: {self.days}}}\n"
            "  groups:\n    ownership: exclusive\n    mapping: teams\n"
            "    actions: [create, update, delete]\n    deprovision: {removed: delete}\n"
        )

    def _access(self) -> Iterable[str]:
        yield (
            "apiVersion: reconciler/v1\nkind: AttributeMapping\nmetadata: {name: people}\n"
            "spec:\n  for: users\n  attributes:\n"
            "    - {target: userName, source: userPrincipalName, match: 1}\n"
            "    - {target: externalId, source: objectId}\n"
            "    - {target: active, expression: 'Not([IsSoftDeleted])'}\n"
            "    - {target: displayName, expression: 'Join(\" \", [jobTitle], [city])'}\n"
            "---\napiVersion: reconciler/v1\nkind: AttributeMapping\nmetadata: {name: teams}\n"
            "spec:\n  for: groups\n  attributes:\n"
            "    - {target: displayName, source: displayName, match: 1}\n"
            "    - {target: members, source: members}\n"
        )
        yield (
            "apiVersion: reconciler/v1\nkind: ScopingFilter\nmetadata: {name: units}\nspec:\n"
            "  for: users\n  anyOf:\n    - name: known\n"
            "      allOf: [{attribute: department, operator: IS NOT NULL}]\n"
        )
        yield (
            "apiVersion: reconciler/v1\nkind: Assignment\nmetadata: {name: all}\n"
            "spec: {target: box, groups: [ops]}\n"
        )


@st.composite
def workplaces(draw: st.DrawFn) -> Workplace:
    keys = draw(st.lists(st.sampled_from(PEOPLE), min_size=2, unique=True))
    subset = st.lists(st.sampled_from(keys), unique=True).map(tuple)
    over = draw(subset)
    return Workplace(
        rows=tuple(
            Row(key, draw(st.sampled_from(("Lead", "Head"))), draw(st.sampled_from("AB")))
            for key in keys
        ),
        over=over,
        beside=tuple(key for key in draw(subset) if key not in over),
        listed=draw(subset),
        rule=draw(st.sampled_from(('user.department == "A"', "user.department != null", "false"))),
        profile=draw(st.sampled_from(("rfc7644", "zpa"))),
        removal=draw(st.sampled_from(REMOVALS)),
        days=draw(st.sampled_from(("never", "0"))),
        assigned=draw(st.booleans()),
        filtered=draw(st.booleans()),
    )


def table(rows: Iterable[Row]) -> str:
    return "\n".join([HEADER, *map(str, rows)]) + "\n"


#: Each makes a table one that is not believed whole, and says how old it is in hours.
SPOILED: Mapping[str, Callable[[str], tuple[bytes, float]]] = {
    "stale": lambda text: (text.encode(), 25.0),
    "of a time to come": lambda text: (text.encode(), -2.0),
    "ragged": lambda text: (f"{text}zoe,zoe@zone.example\n".encode(), 0.0),
    "cut off in quotes": lambda text: (f'{text}zoe,"zoe@zo'.encode(), 0.0),
    "twice": lambda text: (f"{text}zoe,z@x,a,A,here\nzoe,z@x,a,A,here\n".encode(), 0.0),
    "a cell that is no value": lambda text: (f"{text}zoe,,a,A,here\n".encode(), 0.0),
    "a key that is none": lambda text: (f"{text}Zoë Z,z@x,a,A,here\n".encode(), 0.0),
}  # fmt: skip
#: These hide who has left as well.
UNREADABLE: Mapping[str, Callable[[str], tuple[bytes, float]]] = {
    "another encoding": lambda text: (text.encode("utf-16"), 0.0),
    "a column missing": lambda text: (text.replace("login", "mail", 1).encode(), 0.0),
    "empty": lambda _: (b"", 0.0),
}


def give(place: Playground, workplace: Workplace, content: bytes, hours: float = 0.0) -> None:
    path = place.directory / "hr.csv"
    path.write_bytes(content)
    made = NOW.timestamp() - hours * 3600
    os.utime(path, (made, made))
    place.declare(workplace.documents(), tables={"hr": path})


def begin(place: Playground, workplace: Workplace) -> None:
    give(place, workplace, table(workplace.rows).encode())
    applied = place.apply(place.plan())
    assert {o.status for o in applied.outcomes} <= {Status.APPLIED, Status.ALREADY_APPLIED}


def losers(plan: Plan) -> set[str]:
    """From whom a plan takes an account or a membership."""
    lost: set[str] = set()
    for change in plan.changes:
        match change:
            case Deactivate() | Delete(kind=Kind.USER):
                lost.add(change.key)
            case Delete(members=members) | RemoveMembers(members=members):
                lost.update(members)
            case _:
                pass
    return lost


@COMMON
@given(workplaces(), st.data())
def test_an_incomplete_source_never_removes_anybody(
    workplace: Workplace, data: st.DataObject
) -> None:
    with playground() as place:
        begin(place, workplace)
        left = data.draw(st.lists(st.sampled_from(workplace.rows), unique=True))
        spoil = data.draw(st.sampled_from(sorted({**SPOILED, **UNREADABLE})))

        give(place, workplace, *{**SPOILED, **UNREADABLE}[spoil](table(left)))

        plan = place.plan()
        assert losers(plan) == set()
        assert not plan.complete


@COMMON
@given(workplaces(), st.data())
def test_leavers_always_leave_and_nobody_else(workplace: Workplace, data: st.DataObject) -> None:
    workplace = replace(workplace, removal="deactivate")
    with playground() as place:
        begin(place, workplace)
        before = place.plan()
        there = {key for key in place.declared.users if key in _active(place)}
        leaving = data.draw(st.lists(st.sampled_from(workplace.rows), unique=True, min_size=1))
        staying = data.draw(st.lists(st.sampled_from(workplace.rows), unique=True))
        rows = [
            *(replace(row, left=True, title="") for row in leaving),
            *(row for row in staying if row not in leaving),
        ]
        spoil = data.draw(st.sampled_from(sorted(SPOILED)))

        give(place, workplace, *SPOILED[spoil](table(rows)))

        plan = place.plan()
        gone = {change.key for change in plan.changes if isinstance(change, Deactivate | Delete)}
        assert before.changes == ()
        assert gone == {row.key for row in leaving} & there
        assert losers(plan) <= {row.key for row in leaving}


def _active(place: Playground) -> set[str]:
    users = place.read().users.resources.values()
    return {
        str(user.data["username"]).partition("@")[0]
        for user in users
        if user.data.get("active") is not False
    }


@COMMON
@given(workplaces(), st.randoms(use_true_random=False), st.sampled_from([None, *SPOILED]))
def test_the_order_of_rows_and_files_means_nothing(
    workplace: Workplace, chance: object, spoil: str | None
) -> None:
    """But for the lines that a plan points at."""
    with playground() as place:
        rows = list(workplace.rows)
        plans = []
        for _ in range(2):
            content = table(rows)
            give(place, workplace, *(SPOILED[spoil](content) if spoil else (content.encode(),)))
            plan = place.plan()
            done = [(type(c).__name__, c.key, str(c.cause), c.hash) for c in plan.changes]
            plans.append((done, sorted((n.code, n.key) for n in plan.notes)))
            chance.shuffle(rows)  # type: ignore[attr-defined]  # hypothesis hides its type
        assert plans[0] == plans[1]


def test_the_same_table_gives_the_same_bytes() -> None:
    workplace = Workplace(
        rows=(Row("ana", "Lead", "A"), Row("bo", "Head", "B")),
        over=("ana",), beside=(), listed=("bo",), rule="false", profile="rfc7644",
        removal="delete", days="0", assigned=False, filtered=False,
    )  # fmt: skip
    with playground() as place:
        give(place, workplace, table(workplace.rows).encode())
        first = plan_bytes(place.plan())
        give(place, workplace, table(workplace.rows).encode())
        assert plan_bytes(place.plan()) == first
