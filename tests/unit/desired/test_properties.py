"""Statements over generated organisations: order never matters, errors never decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.check import check
from reconciler.desired.clauses import compile_clause
from reconciler.desired.conditions import (
    ConditionError,
    ConditionScope,
    UndeterminedResult,
    compile_condition,
    exclude_each_other,
)
from reconciler.desired.membership import because_member, call_rolls, expand
from reconciler.desired.population_checks import surprises
from reconciler.desired.scoping import compile_filter
from reconciler.desired.subjects import SourceObject, source_user
from reconciler.desired.truth import Truth, opposite
from reconciler.model.access import DEFAULT_ACCESS, Admission, Exclusion
from reconciler.model.declared import Assignment, Declared, Group, Hold, User
from reconciler.model.desired import Excluded, Provisioned, Reason, Undetermined
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.path import Value
from reconciler.model.period import Period
from reconciler.model.profile import RFC7644, Nesting
from reconciler.model.scoping import Clause, FilterGroup, Match, Operator
from reconciler.model.target import Manage, Scope
from tests.unit.desired.builders_desired import (
    FILTER_AT,
    GROUP_NAME,
    MEMBERS,
    NOW,
    USER_NAME,
    a_clause,
    a_filter,
    a_group,
    a_handling,
    a_hold,
    a_mapping,
    a_target,
    a_tree,
    a_user,
    an_assignment,
    an_entry,
    constant,
    dated,
    desired,
    direct,
    expression,
)

UTC = ZoneInfo("UTC")

# Few names, so that generated parts refer to each other; some refer to nothing.
USER_KEYS = ("ada", "bob", "cyd", "dan")
GROUP_KEYS = ("ops", "leads", "night")
texts = st.sampled_from(("", "PT", "pt", "7", "a\0b", "\ud800", "É", "x" * 300)) | st.text(
    max_size=5
)
values: st.SearchStrategy[Value] = (
    texts | st.booleans() | st.none() | st.lists(texts, max_size=2).map(tuple)
)
names = st.sampled_from(
    ("country", "employeeId", "accountEnabled", "otherMails", "extension_a", "no")
)
# What clauses read beyond what is written of the person.
read_names = names | st.sampled_from(("memberOf", "manager.country", "manager.otherMails"))
conditions = st.sampled_from(
    (
        'user.country == "PT"',
        "int(user.employeeId) > 3",
        "user.accountEnabled",
        "user.otherMails.exists(m, m == user.country)",
        "user.country",
        "user.nonsense == 1",
        "(((",
        "asOf > timestamp('2026-01-01T00:00:00Z')",
        "user.employeeHireDate <= asOf",
        "user.employeeHireDate == null || user.employeeHireDate > asOf",
        "manager.country == user.country",
        "manager != null && manager.labels.site == 'x'",
        "manager == null || manager.employeeHireDate < user.employeeHireDate",
    )
)
of_candidates = conditions | st.sampled_from(
    ('"ops" in user.memberOf', "user.memberOf.all(g, g != 'leads')", "size(user.memberOf) > 0")
)
moments = st.none() | st.sampled_from((date.min, date(2026, 1, 1), date(2027, 1, 1), date.max))
periods = st.builds(Period, moments, moments)
user_keys = st.sampled_from((*USER_KEYS, "ghost"))
group_keys = st.sampled_from((*GROUP_KEYS, "nowhere"))

clauses = st.builds(
    lambda clause, match, negated, null: replace(
        clause, match=match, negated=negated, null_is_match=null
    ),
    st.builds(
        a_clause,
        read_names,
        st.sampled_from(Operator),
        st.sampled_from((None, "", "PT", "7", "^P", "(", "(a+)+$", "ops")),
    ),
    st.none() | st.sampled_from(Match),
    st.booleans(),
    st.booleans(),
)
entries = st.builds(
    lambda parts, when, negated: replace(an_entry(*parts, when=when), negated=negated),
    st.lists(clauses, max_size=3),
    st.none() | of_candidates,
    st.booleans(),
)
people = st.dictionaries(
    names | st.sampled_from(("manager", "employeeHireDate")),
    values | st.sampled_from((*USER_KEYS, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")),
    max_size=5,
)
roles = st.none() | st.sampled_from(("admin", "user"))
admissions = st.builds(
    Admission,
    st.none() | st.frozensets(st.sampled_from(("admin", "user", DEFAULT_ACCESS)), min_size=1),
    st.frozensets(st.sampled_from(("user", DEFAULT_ACCESS))),
    st.lists(
        st.builds(Exclusion, st.just("class"), of_candidates, st.just(FILTER_AT)), max_size=2
    ).map(tuple),
)


@st.composite
def users(draw: st.DrawFn, key: str) -> User:
    name = draw(st.sampled_from(("one@x.example", "ONE@x.example", f"{key}@x.example")))
    written = {"userPrincipalName": name, **draw(people)}
    return a_user(key, written, period=draw(periods))


@st.composite
def groups(draw: st.DrawFn, key: str) -> Group:
    temporary = st.builds(dated, user_keys, periods) | st.builds(
        dated, group_keys, periods, st.just(Kind.GROUP)
    )
    return a_group(
        key,
        users=draw(st.lists(user_keys, max_size=3, unique=True)),
        groups=draw(st.lists(group_keys, max_size=3, unique=True)),
        dated=draw(st.lists(temporary, max_size=2)),
        rule=draw(st.none() | conditions),
        formerly=draw(st.lists(texts, max_size=1)),
    )


assignments: st.SearchStrategy[Assignment] = st.builds(
    lambda assignment, role, nested: replace(assignment, role=role, nested=nested),
    st.builds(
        an_assignment,
        users=st.lists(user_keys, max_size=3, unique=True),
        groups=st.lists(group_keys, max_size=3, unique=True),
        name=st.sampled_from(("a", "b")),
        target=st.sampled_from(("app", "other")),
    ),
    roles,
    st.booleans(),
)
holds: st.SearchStrategy[Hold] = st.builds(a_hold, user_keys, ends=periods)
rules = st.sampled_from(
    (
        direct("title", "country"),
        direct("active", "country", default=True),
        direct("externalId", "objectId", match=2),
        direct("nickName", "otherMails"),
        constant("active", "perhaps"),
        expression("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'),
        expression("title", "Left([country], [employeeId])"),
        expression("roles", "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"),
        expression("title", "Left([country"),
        expression("displayName", 'Join("-", [country], [no])', match=3),
    )
)


@st.composite
def trees(draw: st.DrawFn) -> Declared:
    manage = st.sampled_from(Manage)
    filters = st.sampled_from((None, "people", "missing"))
    target = a_target(
        scope=draw(st.sampled_from(Scope)),
        users=replace(
            a_handling(manage=draw(manage), filter=draw(filters)), admission=draw(admissions)
        ),
        groups=a_handling(manage=draw(manage), mapping=draw(st.sampled_from(("groups", None)))),
        time_zone=draw(st.sampled_from(("UTC", "Pacific/Kiritimati", "America/New_York"))),
    )
    return a_tree(
        users=[draw(users(key)) for key in draw(st.permutations(USER_KEYS))],
        groups=[draw(groups(key)) for key in draw(st.permutations(GROUP_KEYS))],
        assignments=draw(st.lists(assignments, max_size=3)),
        filters=[a_filter(*draw(st.lists(entries, max_size=3)))],
        holds=draw(st.lists(holds, max_size=1)),
        user_mapping=a_mapping(USER_NAME, *draw(st.lists(rules, max_size=3))),
        group_mapping=a_mapping(GROUP_NAME, MEMBERS, kind=Kind.GROUP),
        target=target,
    )


def seen(person: User) -> SourceObject:
    """Somebody with a manager who has an attribute, and in two groups; or it is not known which."""
    manager = a_user("bob", country="PT", otherMails=("PT", "x"))
    doubts = {"memberOf": Reason("a rule failed")} if person.attributes.get("no") else {}
    groups: dict[str, Value] = {"memberOf": ("leads", "ops")}
    return source_user(person, computed=groups, doubts=doubts, among={manager.key: manager})


def truth(parts: Sequence[FilterGroup], person: User) -> Truth:
    """What a filter comes to; the quick answer and the one with reasons are the same."""
    compiled, source = compile_filter(a_filter(*parts)), seen(person)
    result = compiled.evaluate(source, NOW)
    assert result.reason.text
    assert compiled.truth(source, NOW) is result.truth
    admitted = isinstance(compiled.admission(source, NOW), FilterGroup)
    assert admitted is (result.truth is Truth.TRUE)
    return result.truth


@settings(deadline=None)
@given(st.data(), st.lists(entries, min_size=1, max_size=3), users("ada"))
def test_order_of_clauses_and_entries_changes_nothing(
    data: st.DataObject, parts: list[FilterGroup], person: User
) -> None:
    shuffled = [
        replace(part, clauses=tuple(data.draw(st.permutations(part.clauses))))
        for part in data.draw(st.permutations(parts))
    ]
    assert truth(shuffled, person) is truth(parts, person)


ALWAYS_TRUE = a_clause("userPrincipalName", Operator.IS_NOT_NULL)
ALWAYS_FALSE = a_clause("userPrincipalName", Operator.IS_NULL)
FAILS = a_clause("userPrincipalName", Operator.IS_TRUE)


@settings(deadline=None)
@given(st.lists(entries, max_size=2), st.lists(clauses, max_size=2), users("ada"))
def test_clause_that_errs_decides_only_what_both_answers_would(
    others: list[FilterGroup], beside: list[Clause], person: User
) -> None:
    def with_clause(clause: Clause) -> Truth:
        return truth([an_entry(*beside, clause), *others], person)

    found = with_clause(FAILS)
    if found is not Truth.UNDETERMINED:
        assert with_clause(ALWAYS_TRUE) is with_clause(ALWAYS_FALSE) is found


@settings(deadline=None)
@given(clauses, users("ada"))
def test_turning_a_clause_round_turns_every_answer_and_no_error(
    clause: Clause, person: User
) -> None:
    source = seen(person)
    turned = replace(clause, negated=not clause.negated)
    one, other = (compile_clause(c).truth(source) for c in (clause, turned))
    assert other is opposite(one)
    assert (one is Truth.UNDETERMINED) is (other is Truth.UNDETERMINED)


@settings(deadline=None)
@given(clauses, st.permutations(("PT", "7", "x", "")), users("ada"))
def test_order_of_values_changes_nothing(
    clause: Clause, listed: Sequence[str], person: User
) -> None:
    on_list = replace(clause, attribute="otherMails")
    truths = {
        compile_clause(on_list).truth(
            source_user(replace(person, attributes={**person.attributes, "otherMails": tuple(way)}))
        )
        for way in (listed, sorted(listed), listed[::-1])
    }
    assert len(truths) == 1


PIECES = (
    "user", "manager", "asOf", ".", "[", "]", "(", ")", "country", "memberOf", "employeeHireDate",
    "labels", "==", "!=", "null", "&&", "||", "!", "in", '"a"', "1", "exists", "x", ",", " ",
    "timestamp", "size", "has", "?", ":", "{", "}", "\0", "\ud800", "user.country", "manager.city",
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(ConditionScope))
def test_any_text_is_a_condition_or_is_refused_with_words(text: str, scope: ConditionScope) -> None:
    compiled = compile_condition(text, scope)
    if isinstance(compiled, ConditionError):
        assert compiled.message
        return
    found = compiled.evaluate(seen(a_user("ada", manager="bob")).bindings(NOW))
    assert isinstance(found, bool | UndeterminedResult)
    assert not exclude_each_other(text, text, scope) or not found


@settings(deadline=None)
@given(trees(), st.data())
def test_order_of_declarations_changes_nothing(tree: Declared, data: st.DataObject) -> None:
    shuffled = replace(
        tree,
        users=dict(data.draw(st.permutations(list(tree.users.items())))),
        groups=dict(data.draw(st.permutations(list(tree.groups.items())))),
        assignments=dict(data.draw(st.permutations(list(tree.assignments.items())))),
    )
    assert desired(shuffled) == desired(tree)
    assert check(shuffled) == check(tree)


@settings(deadline=None)
@given(trees(), st.sampled_from(Nesting))
def test_any_tree_has_a_desired_state_in_which_errors_bring_nobody_in(
    tree: Declared, nesting: Nesting
) -> None:
    found = desired(tree, replace(RFC7644, nesting=nesting))
    inside = {k for k, user in found.users.items() if isinstance(user.standing, Provisioned)}
    unclear = {k for k, user in found.users.items() if isinstance(user.standing, Undetermined)}
    assert list(found.users) == sorted(tree.users)
    for group in found.groups.values():
        assert group.members <= inside
        assert group.undetermined <= inside | unclear
        assert not group.members & group.undetermined
    for user in found.users.values():
        assert user.standing.reason.text
        assert user.standing.reason.at is not None
        if user.values:
            assert isinstance(user.standing, Provisioned | Excluded)
    for finding in (*check(tree), *surprises(tree, as_of=NOW)):
        assert finding.at is not None


@settings(deadline=None)
@given(trees(), st.sampled_from(GROUP_KEYS), st.sampled_from(USER_KEYS))
def test_there_is_a_reason_for_every_member_and_for_nobody_else(
    tree: Declared, group: str, user: str
) -> None:
    key, person = GroupKey(group), UserKey(user)
    rolls = call_rolls(tree, [key], as_of=NOW, zone=UTC)
    because = because_member(tree, key, person, as_of=NOW, zone=UTC)
    assert (because is not None) is (person in expand(rolls, key).users)
