"""What deciding about one person costs: filters, conditions and the mapping, as ratios.

    python -m tests.benchmarks.decide [--users 100000]

Two ratios. Seeing everybody, judging them by a filter of two clause groups and mapping them as ZPA
wants them, to `json.dumps` of the same people: at most 6. A CEL condition, to the library's bare
`eval` with the bindings ready made: at most 1.3. Both sides take turns with a thousand people at a
time, and the quickest of some turns counts, so that what else the machine does weighs on both.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from reconciler.desired.conditions import Condition, ConditionScope, compile_condition
from reconciler.desired.mapping import compile_mapping
from reconciler.desired.scoping import compile_filter
from reconciler.desired.subjects import source_user
from reconciler.desired.truth import Truth
from reconciler.model.declared import User
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, UserKey, object_id
from reconciler.model.mapping import AttributeMapping, Direct, Expression, MappingRule
from reconciler.model.path import Value, parse_path
from reconciler.model.profile import ZPA
from reconciler.model.scoping import Clause, FilterGroup, Operator, ScopingFilter
from tests.benchmarks.organisation import COUNTRIES, DEPARTMENTS

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AT = Position("bench.yaml", 1)
ROUNDS = 5
CHUNK = 1_000  # people; short enough that both sides meet the same machine

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MAPPING = AttributeMapping(
    "zpa",
    Kind.USER,
    tuple(
        MappingRule(parse_path(target), source, AT, match=1 if target == "userName" else None)
        for target, source in (
            ("userName", Direct("userPrincipalName")),
            ("externalId", Direct("objectId")),
            ("active", Expression('Switch([IsSoftDeleted], , "False", "True", "True", "False")')),
            ('emails[type eq "work"].value', Direct("mail")),
            ("name.givenName", Direct("givenName")),
            ("name.familyName", Direct("surname")),
            ("displayName", Direct("displayName")),
            (f"{ENTERPRISE}:department", Direct("department")),
        )
    ),
    AT,
)
FILTER = ScopingFilter(
    "people",
    Kind.USER,
    (
        FilterGroup(
            "EU staff",
            (
                Clause("country", Operator.EQUALS, "PT", AT),
                Clause("employeeId", Operator.GREATER_THAN_OR_EQUALS, "1000", AT),
            ),
            None,
            AT,
        ),
        FilterGroup(
            "engineers",
            (
                Clause("userPrincipalName", Operator.REGEX_MATCH, r"^e.*@zone\.example$", AT),
                Clause("department", Operator.NOT_EQUALS, "Legal", AT),
            ),
            None,
            AT,
        ),
    ),
    AT,
)
SCOPING, MAPPED = compile_filter(FILTER), compile_mapping(MAPPING, ZPA.users)
CONDITION = 'user.department == "NetSec" && user.country != null && !user.mail.endsWith("@x")'


def people(count: int) -> list[User]:
    """Invented people, always the same."""
    choose = random.Random(7)
    found = []
    for number in range(count):
        key = UserKey(f"e{number}")
        attributes: dict[str, Value] = {
            "userPrincipalName": f"e{number}@zone.example",
            "mail": f"first.last{number}@zone.example",
            "givenName": f"First{number % 977}",
            "surname": f"Last{number % 1499}",
            "displayName": f"First{number % 977} Last{number % 1499}",
            "department": choose.choice(DEPARTMENTS),
            "country": choose.choice(COUNTRIES),
            "employeeId": f"{number:06}",
            "jobTitle": "Engineer",
            "manager": f"e{number // 10}",
            "accountEnabled": True,
            "objectId": object_id(Kind.USER, key),
        }
        places = {name: (line, 3) for line, name in enumerate(attributes, start=5)}
        found.append(User(key, attributes, AT, places=places))
    return found


def decide(everybody: Iterable[User]) -> int:
    """Filter and mapping for all of them; how many come through."""
    passed = 0
    for user in everybody:
        source = source_user(user)
        inside = SCOPING.truth(source, NOON) is Truth.TRUE
        mapped = MAPPED.apply(source, soft_deleted=not inside)
        passed += inside and mapped.failure is None
    return passed


def dump(everybody: Iterable[User]) -> int:
    """The yardstick: the same people as JSON texts."""
    return sum(len(json.dumps(user.attributes)) for user in everybody)


def quickest(works: Sequence[tuple[Callable[[], int], Callable[[], int]]]) -> tuple[float, float]:
    """Seconds of both sides: for each pair, the quickest of some rounds in turns, added up."""
    total = [0.0, 0.0]
    for pair in works:
        best = [float("inf"), float("inf")]
        for _ in range(ROUNDS):
            for index, work in enumerate(pair):
                began = time.perf_counter()
                work()
                best[index] = min(best[index], time.perf_counter() - began)
        total = [total[0] + best[0], total[1] + best[1]]
    return total[0], total[1]


def decisions(everybody: Sequence[User]) -> tuple[Callable[[], int], Callable[[], int]]:
    """Filter and mapping, and their yardstick."""
    return lambda: decide(everybody), lambda: dump(everybody)


def conditions(everybody: Sequence[User]) -> tuple[Callable[[], int], Callable[[], int]]:
    """The condition, and the library's own call with its bindings ready made.

    What a condition sees of each person is made once, as for a member rule.
    """
    condition = compile_condition(CONDITION, ConditionScope.USER)
    assert isinstance(condition, Condition)
    run = condition._run
    seen = [source_user(user).bindings(NOON) for user in everybody]
    made = [
        {"user": {name: user.attributes[name] for name in condition.attributes}, "asOf": NOON}
        for user in everybody
    ]
    return (
        lambda: sum(condition.evaluate(bindings) is True for bindings in seen),
        lambda: sum(run(data=bindings).value() is True for bindings in made),
    )


def report(name: str, ours: float, yardstick: float, limit: float, count: int) -> None:
    """One line: the ratio, and the cost for one person."""
    print(
        f"{name:<34} {ours / yardstick:5.2f} x (at most {limit})"
        f"   {ours / count * 1e6:6.2f} us a person, yardstick {yardstick / count * 1e6:6.2f} us"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    count: int = parser.parse_args().users
    everybody = people(count)
    gc.freeze()  # the people are the tree that was loaded: no collection walks them again
    chunks = [everybody[at : at + CHUNK] for at in range(0, count, CHUNK)]
    ours, yardstick = quickest([decisions(chunk) for chunk in chunks])
    report("two filters and the ZPA mapping", ours, yardstick, 6, count)
    ours, yardstick = quickest([conditions(chunk) for chunk in chunks])
    report("a condition", ours, yardstick, 1.3, count)


if __name__ == "__main__":
    main()
