from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.desired.conditions import ConditionError, ConditionScope, compile_condition
from reconciler.desired.scoping import FilterResult, WhenResult, compile_filter, passed
from reconciler.desired.subjects import source_group, source_user
from reconciler.desired.truth import Truth
from reconciler.model.declared import User
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind
from reconciler.model.path import Value
from reconciler.model.scoping import FilterGroup, Operator, ScopingFilter
from reconciler.model.sealed import Held
from tests.unit.desired.builders_desired import (
    FILTER_AT,
    NOW,
    a_clause,
    a_filter,
    a_group,
    a_user,
    an_entry,
)

IN_PT = a_clause("country", Operator.EQUALS, "PT", line=6)
NUMBERED = a_clause("employeeId", Operator.GREATER_THAN_OR_EQUALS, "1000", line=7)
EU = an_entry(IN_PT, NUMBERED, name="EU staff", line=5)
CONTRACTORS = an_entry(
    a_clause("userPrincipalName", Operator.REGEX_MATCH, r"^c-.*@zone\.example$", line=9),
    name="contractors",
    line=8,
)
# A boolean that is compared with a text: nobody can say whether that holds.
ODD = an_entry(a_clause("accountEnabled", Operator.EQUALS, "x", line=11), name="odd", line=10)
WHEN = an_entry(name="by rule", when="user.department == 'Ops'", line=12)


def evaluated(scoping_filter: ScopingFilter, **attributes: Value) -> FilterResult:
    user = source_user(a_user("ada", attributes))
    return compile_filter(scoping_filter).evaluate(user, NOW)


@pytest.mark.parametrize(
    ("attributes", "truth"),
    [
        ({"country": "PT", "employeeId": "1000"}, Truth.TRUE),
        ({"country": "PT"}, Truth.FALSE),  # no employeeId: the null rule
        ({"country": "PT", "employeeId": "999"}, Truth.FALSE),
        ({"userPrincipalName": "c-bob@zone.example"}, Truth.TRUE),
        ({}, Truth.FALSE),
    ],
)
def test_clauses_join_by_and_groups_by_or(attributes: dict[str, Value], truth: Truth) -> None:
    assert evaluated(a_filter(EU, CONTRACTORS), **attributes).truth is truth


@pytest.mark.parametrize(
    ("entries", "truth"),
    [
        ((ODD,), Truth.UNDETERMINED),
        ((ODD, EU), Truth.UNDETERMINED),
        ((ODD, an_entry(IN_PT)), Truth.TRUE),
        ((an_entry(*ODD.clauses, NUMBERED),), Truth.FALSE),
        ((an_entry(*ODD.clauses, IN_PT),), Truth.UNDETERMINED),
        ((WHEN,), Truth.FALSE),
        ((an_entry(IN_PT, when="user.department == null"),), Truth.TRUE),
        ((an_entry(IN_PT, when="int(user.country) == 1"),), Truth.UNDETERMINED),
        ((an_entry(NUMBERED, when="int(user.country) == 1"),), Truth.FALSE),
        ((an_entry(when="user.nonsense"),), Truth.UNDETERMINED),
        ((an_entry(),), Truth.UNDETERMINED),
        ((), Truth.UNDETERMINED),
    ],
)
def test_what_cannot_be_decided_matters_only_when_nothing_else_decides(
    entries: tuple[FilterGroup, ...], truth: Truth
) -> None:
    assert evaluated(a_filter(*entries), country="PT").truth is truth


def at(line: int) -> Position:
    return Position("filters.yaml", line)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ((EU, an_entry(IN_PT, name="PT")), Reason('passes "PT" of filter people', at(4))),
        (
            (EU,),
            Reason('fails filter people ("EU staff": employeeId has no value)', at(7)),
        ),
        (
            (EU, CONTRACTORS),
            Reason(
                'fails filter people ("EU staff": employeeId has no value; "contractors": '
                'userPrincipalName REGEX MATCH "^c-.*@zone\\\\.example$" does not hold)',
                FILTER_AT,
            ),
        ),
        (
            (WHEN,),
            Reason('fails filter people ("by rule": `when` is false)', at(12)),
        ),
        (
            (EU, ODD),
            Reason(
                'cannot be decided: filter people, "odd": '
                "EQUALS cannot judge the value of accountEnabled",
                at(11),
            ),
        ),
        (
            (an_entry(when="int(user.country) == 1", name="n", line=14),),
            Reason(
                'cannot be decided: filter people, "n": `when` failed: '
                "cannot convert string to int",
                at(14),
            ),
        ),
        (
            (an_entry(when="1", name="n", line=14),),
            Reason(
                'cannot be decided: filter people, "n": `when` is not a condition: '
                "it gives a value of type int, not true or false",
                at(14),
            ),
        ),
        (
            (an_entry(name="n", line=14),),
            Reason('cannot be decided: filter people, "n": it has no conditions', at(14)),
        ),
        ((), Reason("filter people is empty, so nobody can be judged by it", FILTER_AT)),
    ],
)
def test_result_names_the_line_that_decided(
    entries: tuple[FilterGroup, ...], reason: Reason
) -> None:
    assert evaluated(a_filter(*entries), country="PT").reason == reason


def test_result_keeps_what_every_clause_saw() -> None:
    result = evaluated(a_filter(an_entry(IN_PT, NUMBERED, when="true")), country="PT")
    (group,) = result.groups
    assert [(c.clause, c.seen, c.truth) for c in group.clauses] == [
        (IN_PT, "PT", Truth.TRUE),
        (NUMBERED, None, Truth.FALSE),
    ]
    assert group.when == WhenResult(Truth.TRUE, "`when` is true")


def test_result_keeps_what_a_condition_looked_at() -> None:
    lead = a_user("lead", department="NetSec")
    when = 'manager.department == "NetSec" && user.country == "PT" && "x" in user.labels'
    compiled = compile_filter(a_filter(an_entry(when=when)))

    def seen(person: User) -> tuple[tuple[str, Held], ...]:
        source = source_user(person, among={lead.key: lead})
        (group,) = compiled.evaluate(source, NOW).groups
        assert group.when is not None
        return group.when.seen

    led = replace(a_user("e1", country="PT", manager="lead"), labels={"x": "1", "a": "2"})
    assert seen(led) == (
        ("user.country", "PT"),
        ("user.labels", ("a=2", "x=1")),
        ("manager.department", "NetSec"),
    )
    assert seen(a_user("e1")) == (
        ("user.country", None),
        ("user.labels", None),
        ("manager", None),
    )


def test_a_condition_that_is_none_looked_at_nothing() -> None:
    (group,) = evaluated(a_filter(an_entry(when="user.nope"))).groups
    assert group.when is not None
    assert (group.when.truth, group.when.seen) == (Truth.UNDETERMINED, ())


def test_reason_of_a_group_that_lets_somebody_in_is_the_group() -> None:
    (group,) = evaluated(a_filter(an_entry(IN_PT)), country="PT").groups
    assert group.reason == Reason("every clause holds", at(4))


def test_people_are_enabled_unless_it_is_written_that_they_are_not() -> None:
    active = a_filter(an_entry(a_clause("accountEnabled", Operator.IS_TRUE)))
    assert evaluated(active).truth is Truth.TRUE
    assert evaluated(active, accountEnabled=False).truth is Truth.FALSE


def test_filter_of_groups_sees_the_attributes_of_groups() -> None:
    by_name = a_filter(
        an_entry(
            a_clause("displayName", Operator.INCLUDES, "ZPA"),
            when='group.labels.tier == "1"',
        ),
        kind=Kind.GROUP,
    )
    group = a_group(displayName="ZPA Ops", labels={"tier": "1"})
    assert compile_filter(by_name).evaluate(source_group(group), NOW).truth is Truth.TRUE


@pytest.mark.parametrize(
    ("negated", "country", "truth"),
    [
        (False, "PT", Truth.TRUE),
        (True, "PT", Truth.FALSE),
        (True, "DE", Truth.TRUE),
        (True, None, Truth.TRUE),  # the null rule, turned round
    ],
)
def test_an_entry_can_be_turned_round(negated: bool, country: Value, truth: Truth) -> None:
    entry = replace(an_entry(IN_PT), negated=negated)
    assert evaluated(a_filter(entry), country=country).truth is truth


@pytest.mark.parametrize("entry", [ODD, an_entry(), an_entry(when="int(user.country) == 1")])
def test_what_cannot_be_decided_stays_so_when_it_is_turned_round(entry: FilterGroup) -> None:
    turned = a_filter(replace(entry, negated=True))
    assert evaluated(turned, country="PT").truth is Truth.UNDETERMINED


def test_reason_of_an_entry_that_is_turned_round() -> None:
    turned = replace(an_entry(IN_PT), negated=True)
    (group,) = evaluated(a_filter(turned), country="PT").groups
    assert group.reason == Reason("every clause holds, which `not` turns round", at(4))
    (group,) = evaluated(a_filter(turned), country="DE").groups
    assert group.reason == Reason('country EQUALS "PT" does not hold', at(6))


MANAGED = a_filter(an_entry(when='manager != null && manager.department == "Ops"'))


def test_condition_looks_at_the_manager_who_may_not_be_there() -> None:
    people = [
        a_user("ada", manager="grace"),
        a_user("grace", department="Ops"),
        a_user("alan", manager="ada"),
    ]
    among = {user.key: user for user in people}
    compiled = compile_filter(MANAGED)
    truths = [compiled.truth(source_user(user, among=among), NOW) for user in people]
    assert truths == [Truth.TRUE, Truth.FALSE, Truth.FALSE]
    labelled = compile_filter(a_filter(an_entry(when='manager.labels.site == "x"')))
    boss = replace(a_user("grace"), labels={"site": "x"})
    source = source_user(people[0], among={boss.key: boss})
    assert labelled.truth(source, NOW) is Truth.TRUE
    # Nobody's manager has no attributes: that is an error, not an answer.
    assert labelled.truth(source_user(a_user("bob")), NOW) is Truth.UNDETERMINED


@pytest.mark.parametrize(
    ("hired", "truth"),
    [
        ("2020-01-01T00:00:00Z", Truth.TRUE),
        ("2999-01-01T00:00:00Z", Truth.FALSE),
        (None, Truth.UNDETERMINED),
    ],
)
def test_date_is_compared_with_the_clock(hired: Value, truth: Truth) -> None:
    begun = a_filter(an_entry(when="user.employeeHireDate <= asOf"))
    assert evaluated(begun, employeeHireDate=hired).truth is truth


def test_date_is_not_found_by_its_name_in_quotes() -> None:
    broken = compile_condition('user["employeeHireDate"] < asOf', ConditionScope.USER)
    assert isinstance(broken, ConditionError)
    assert broken.message == "`user[…]` does not find a date"
    assert broken.hint == "write `user.employeeHireDate`"


def test_dates_of_the_manager_are_seen_too() -> None:
    senior = compile_filter(
        a_filter(an_entry(when="manager.employeeHireDate < user.employeeHireDate"))
    )
    boss = a_user("grace", employeeHireDate="2020-01-01T00:00:00Z")
    ada = a_user("ada", manager="grace", employeeHireDate="2024-01-01T00:00:00Z")
    assert senior.truth(source_user(ada, among={boss.key: boss}), NOW) is Truth.TRUE
    assert senior.truth(source_user(ada), NOW) is Truth.UNDETERMINED


def test_whoever_belongs_to_nothing_has_an_empty_list_of_groups() -> None:
    in_ops = a_filter(an_entry(when='"ops" in user.memberOf'))
    assert evaluated(in_ops).truth is Truth.FALSE
    assert evaluated(in_ops, memberOf=("lab", "ops")).truth is Truth.TRUE


def test_condition_on_what_an_error_hides_is_undetermined() -> None:
    in_ops = compile_filter(a_filter(an_entry(when='!("ops" in user.memberOf)')))
    hidden = source_user(a_user("ada"), doubts={"memberOf": Reason("memberRule of ops failed")})
    result = in_ops.evaluate(hidden, NOW)
    assert result.truth is Truth.UNDETERMINED
    assert "`when` failed: memberRule of ops failed" in result.reason.text
    assert in_ops.reads == {"memberOf"}


def test_groups_are_no_part_of_a_members_rule() -> None:
    broken = compile_condition('"ops" in user.memberOf', ConditionScope.USER)
    assert isinstance(broken, ConditionError)
    assert str(broken) == "`user.memberOf` is not known here (line 1, column 14 of it)"
    of_manager = compile_condition('"ops" in manager.memberOf', ConditionScope.CANDIDATE)
    assert isinstance(of_manager, ConditionError)


@pytest.mark.parametrize(
    "condition",
    [
        "manager == user",
        "size(manager) > 0",
        "manager == 1",
        "[manager] == []",
        'manager == "null"',
    ],
)
def test_manager_is_used_attribute_by_attribute(condition: str) -> None:
    broken = compile_condition(condition, ConditionScope.USER)
    assert isinstance(broken, ConditionError)
    assert "used as a whole" in broken.message


def test_deciding_group_is_the_one_that_the_whole_result_names() -> None:
    compiled = compile_filter(a_filter(EU, CONTRACTORS))
    contractor = source_user(a_user("bob", userPrincipalName="c-bob@zone.example"))
    found = compiled.admission(contractor, NOW)
    assert isinstance(found, FilterGroup)
    assert passed(compiled.filter, found) == compiled.evaluate(contractor, NOW).reason
    stranger = source_user(a_user("eve"))
    assert compiled.admission(stranger, NOW) == compiled.evaluate(stranger, NOW)
