"""Cycles are found whole, all of them, and however long they are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from reconciler.manifests.cycles import check_cycles
from reconciler.model.declared import DatedMember, Declared, Group, User
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.period import ALWAYS

AT = Position("a.yaml", 1)


def managed(managers: Mapping[str, str]) -> Declared:
    """People by name with the name of their manager."""
    users = {
        UserKey(key): User(UserKey(key), {"manager": manager}, AT, places={"manager": (number, 3)})
        for number, (key, manager) in enumerate(managers.items(), start=1)
    }
    return Declared(users=users)


def nested(inner: Mapping[str, list[str]]) -> Declared:
    """Groups by name with the groups inside them, each on the line of its own number."""
    groups = {}
    for key, names in inner.items():
        lines = {GroupKey(name): line for line, name in enumerate(names, start=1)}
        groups[GroupKey(key)] = Group(GroupKey(key), {}, AT, groups=lines)
    return Declared(groups=groups)


def messages(declared: Declared) -> list[str]:
    return [f"{found.at}: {found.message.partition(': ')[2]}" for found in check_cycles(declared)]


def test_every_cycle_is_named_from_its_first_name() -> None:
    declared = managed({"b": "c", "c": "b", "d": "d", "e": "b", "f": "nobody"})
    assert messages(declared) == ["a.yaml:1:3: b → c → b", "a.yaml:3:3: d → d"]


def test_group_in_two_cycles_is_named_twice() -> None:
    declared = nested({"a": ["b", "c"], "b": ["a"], "c": ["a"], "d": ["a", "gone"]})
    assert messages(declared) == ["a.yaml:1:1: a → b → a", "a.yaml:2:1: a → c → a"]


def test_shared_group_is_no_cycle() -> None:
    assert messages(nested({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []})) == []


def test_dated_membership_closes_a_cycle_too() -> None:
    a, b = GroupKey("a"), GroupKey("b")
    there = DatedMember(Kind.GROUP, "a", ALWAYS, Position("b.yaml", 7, 5))
    person = DatedMember(Kind.USER, "a", ALWAYS, AT)
    groups = {a: Group(a, {}, AT, groups={b: 3}), b: Group(b, {}, AT, dated=(person, there))}
    assert messages(Declared(groups=groups)) == ["a.yaml:3:1: a → b → a"]


def test_long_chains_end_without_recursion() -> None:
    people = [f"e{number:05}" for number in range(20_000)]
    chain = dict(pairwise(people))
    assert messages(managed(chain)) == []
    (message,) = messages(managed({**chain, people[-1]: people[0]}))
    assert message.endswith("e00048 → e00049 → … (20000 in all)")


def test_number_of_reported_cycles_is_bounded() -> None:
    names = [f"g{number}" for number in range(30)]
    assert len(messages(nested(dict.fromkeys(names, names)))) == 100
