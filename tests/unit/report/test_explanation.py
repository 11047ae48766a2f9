"""What people read when they ask why: every answer with the line behind it, nothing left out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.declared import MembershipMode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Memory
from reconciler.model.mapping import Apply
from reconciler.model.scoping import Operator
from reconciler.model.target import Manage, Marked, Scope
from reconciler.plan.explain.declared import Explanation
from reconciler.report.explanation import explanation_lines
from reconciler.report.explanation_data import explanation_data
from reconciler.report.style import PLAIN, Detail, Style
from tests.unit.desired.builders_desired import (
    GROUP_NAME,
    a_clause,
    a_filter,
    a_group,
    a_handling,
    a_mapping,
    a_target,
    a_tree,
    a_user,
    an_assignment,
    an_entry,
    constant,
    direct,
    expression,
)
from tests.unit.desired.builders_desired import USER_NAME as MAPS_USER_NAME
from tests.unit.plan.builders_plan import holding, live_group, live_user
from tests.unit.plan.explain.builders_explain import OPS, STRICT, explained

_ASSIGNED = a_tree(
    users=[a_user("ada", country="PT", mail=None, givenName="Ada")],
    groups=[a_group("ops", users=["ada"])],
    assignments=[
        replace(an_assignment(users=["ada"], groups=["ops"]), role="User"),
    ],
    filters=[
        a_filter(
            an_entry(a_clause("country", Operator.EQUALS, "DE", 6), name="Berlin"),
            an_entry(
                a_clause("country", Operator.EQUALS, "PT", 8),
                name="Lisbon",
                when='user.mail != "x"',
                line=7,
            ),
        )
    ],
    user_mapping=a_mapping(
        MAPS_USER_NAME,
        expression("displayName", 'Join(" ", [givenName], [surname])', default="Nobody"),
        constant("timezone", "Europe/Lisbon", apply=Apply.ON_CREATE),
        direct("title", "jobTitle", default="Staff", line=14),
        direct("nickName", "mailNickname", line=15),
    ),
    target=a_target(users=a_handling(filter="people"), scope=Scope.ASSIGNED),
)
_FOUND = holding(
    live_user("u-1", "ada@zone.example", displayName="Ada", title="Lead", timezone="UTC"),
    live_group("g-1", name="ops"),
    live_group("g-2", "u-1", name="by hand"),
)

_MATES = [f"m{n:02}" for n in range(11)]


def _crowd(*, membership: MembershipMode = MembershipMode.AUTHORITATIVE) -> Explanation:
    tree = a_tree(
        users=[a_user(key) for key in _MATES],
        groups=[a_group("ops", users=_MATES, membership=membership)],
    )
    live = [live_user(f"u-{key}") for key in (*_MATES, "zed")]
    group = live_group("g-1", *(f"u-{key}" for key in (*_MATES[1:], "zed")), name="ops")
    return explained(tree, holding(*live, group), OPS)


EXAMPLES = {
    "mover": explained(_ASSIGNED, _FOUND, memory=Memory(links={"user:ada": ResourceId("u-1")})),
    "offline": explained(_ASSIGNED),
    "blocked leaver": explained(
        a_tree(users=[a_user("ada", accountEnabled=False), a_user("bo")]),
        holding(live_user("u-ada"), live_user("u-bo")),
        policies=STRICT,
    ),
    "undetermined": explained(
        a_tree(
            users=[a_user("ada", surname="x", tags=("a", "b"))],
            filters=[
                a_filter(
                    an_entry(a_clause("tags", Operator.GREATER_THAN, "1", 6), when="user.tags > 1"),
                    name="people",
                )
            ],
            user_mapping=a_mapping(MAPS_USER_NAME, direct("active", "surname", line=12)),
            target=a_target(users=a_handling(filter="people")),
        ),
        holding(live_user("u-ada"), users_gap="page 2 failed"),
    ),
    "missing filter": explained(
        a_tree(users=[a_user("ada")], target=a_target(users=a_handling(filter="lost")))
    ),
    "looked up": explained(
        a_tree(
            users=[a_user("ada")],
            groups=[a_group("ops", users=["ada"])],
            target=a_target(users=a_handling(manage=Manage.LOOKUP)),
        ),
        holding(live_group("g-1", name="ops")),
    ),
    "conflict": explained(
        a_tree(
            users=[a_user("ada")],
            groups=[a_group("ops")],
            target=replace(
                a_target(groups=a_handling(mapping="groups", ownership=Marked())), repository="org"
            ),
        ),
        holding(live_group("g-1", name="ops")),
        OPS,
    ),
    "adopted": explained(
        a_tree(
            groups=[a_group("ops", adopt=True)],
            group_mapping=a_mapping(GROUP_NAME, kind=Kind.GROUP),
            target=replace(
                a_target(groups=a_handling(mapping="groups", ownership=Marked())), repository="org"
            ),
        ),
        holding(live_group("g-1", name="ops")),
        OPS,
    ),
    "crowd": _crowd(),
    "additive": _crowd(membership=MembershipMode.ADDITIVE),
}


GOLDEN = Path(__file__).parents[2] / "cases" / "explanations"


def lines(explanation: Explanation, detail: Detail = Detail.FOLDED, style: Style = PLAIN) -> str:
    return "\n".join(explanation_lines(explanation, style, detail)) + "\n"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_explanation_reads_as_it_was_reviewed(name: str) -> None:
    golden = GOLDEN / f"{name.replace(' ', '-')}.txt"
    assert lines(EXAMPLES[name]) == golden.read_text(encoding="utf-8")


def test_no_reviewed_explanation_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {n.replace(" ", "-") for n in EXAMPLES}


def test_full_writes_every_member_out() -> None:
    folded, full = lines(EXAMPLES["crowd"]), lines(EXAMPLES["crowd"], Detail.FULL)
    assert "2 more members (--full shows them)" in folded
    assert "more members" not in full
    assert all(f"({key})" in full for key in _MATES)


def test_colour_is_never_the_only_sign() -> None:
    coloured = lines(EXAMPLES["mover"], style=Style(coloured=True))
    assert coloured != lines(EXAMPLES["mover"])
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == lines(EXAMPLES["mover"])


def test_nothing_that_somebody_wrote_can_act_on_a_terminal() -> None:
    evil = "\x1b[31m\n::error::\u202e"
    tree = a_tree(
        users=[a_user("ada", displayName=evil, mail=evil)],
        groups=[a_group("ops", users=["ada"], displayName=evil)],
        filters=[a_filter(an_entry(a_clause("mail", Operator.EQUALS, evil), name=evil))],
        user_mapping=a_mapping(
            direct("userName", "mail", match=1),
            constant("title", evil),
            expression("displayName", "[mail]"),
        ),
        target=a_target(users=a_handling(filter="people")),
    )
    actual = holding(live_user("u-1", evil), live_group("g-1", "u-1", name=evil))
    for explanation in (explained(tree, actual), explained(tree, actual, OPS), explained(tree)):
        text = lines(explanation)
        assert "\x1b" not in text
        assert "::error" not in text
        assert "\u202e" not in text
        data = json.dumps(explanation_data(explanation))
        assert data.isascii()


def test_the_data_says_what_the_text_says() -> None:
    data = explanation_data(EXAMPLES["mover"])
    assert data["subject"] == "user:ada"
    assert data["entra"] == {
        "skipReason": None,
        "IsActive": True,
        "Assigned": True,
        "IsEffectivelyEntitledForProvisioning": True,
    }
    assert data["standing"] == {
        "standing": "provisioned",
        "reason": {
            "text": 'assigned by a; passes "Lisbon" of filter people',
            "at": {"file": "assignments.yaml", "line": 5, "column": 1},
        },
    }
    assert data["live"] == {
        "found": {
            "id": "u-1",
            "name": "Ada",
            "active": True,
            "owned": {
                "truth": True,
                "reason": {
                    "text": "everything behind this endpoint is ours",
                    "at": {"file": "targets.yaml", "line": 1, "column": 1},
                },
            },
        },
        "by": {"proof": "ledger"},
        "adopting": False,
    }


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("offline", {"live": None, "result": None}),
        ("crowd", {"membership": "authoritative", "subject": "group:ops"}),
    ],
)
def test_parts_that_are_not_there_are_null(name: str, parts: dict[str, object]) -> None:
    data = explanation_data(EXAMPLES[name])
    assert {key: data[key] for key in parts} == parts


@pytest.mark.parametrize(
    ("name", "standing", "skip"),
    [
        ("blocked leaver", "excluded", None),
        ("undetermined", "undetermined", "EntrySynchronizationSkipped"),
        ("looked up", "provisioned", "UnableToResolveReferenceAttributeValue"),
        ("conflict", "provisioned", "EntryConflict"),
        ("missing filter", "undetermined", "EntrySynchronizationSkipped"),
    ],
)
def test_each_case_has_its_machine_words(name: str, standing: str, skip: str | None) -> None:
    data = json.loads(json.dumps(explanation_data(EXAMPLES[name])))
    assert (data["standing"]["standing"], data["entra"]["skipReason"]) == (standing, skip)


def test_conflicts_absences_filters_and_sources_are_data_as_well() -> None:
    conflict = json.loads(json.dumps(explanation_data(EXAMPLES["conflict"])))["live"]
    assert (conflict["conflict"], conflict["by"], [c["id"] for c in conflict["candidates"]]) == (
        "not-ours",
        {"attribute": "displayName", "value": "ops", "precedence": 1},
        ["g-1"],
    )
    absent = json.loads(json.dumps(explanation_data(EXAMPLES["looked up"])))["live"]
    assert (absent["found"], absent["certain"], absent["tried"]) == (
        None,
        True,
        [{"attribute": "userName", "value": "ada@zone.example", "precedence": 1}],
    )
    mover = json.loads(json.dumps(explanation_data(EXAMPLES["mover"])))
    assert [e["truth"] for e in mover["access"]["filter"]["anyOf"]] == [False, True]
    assert mover["access"]["filter"]["anyOf"][1]["when"] == {
        "condition": 'user.mail != "x"',
        "truth": True,
        "why": "`when` is true",
        "seen": {"user.mail": None},
    }
    assert mover["access"]["assignments"][0]["way"] is None
    assert [a["source"] for a in mover["attributes"]][:3] == [
        {"attribute": "userPrincipalName"},
        {"expression": 'Join(" ", [givenName], [surname])'},
        {"constant": "Europe/Lisbon"},
    ]
    several = json.loads(json.dumps(explanation_data(EXAMPLES["undetermined"])))
    assert several["access"]["filter"]["anyOf"][0]["allOf"][0]["seen"] == ["a", "b"]
    missing = json.loads(json.dumps(explanation_data(EXAMPLES["missing filter"])))
    assert missing["access"]["filter"]["passes"] is None
