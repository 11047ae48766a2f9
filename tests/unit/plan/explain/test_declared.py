"""Each answer of an explanation is the one that a plan acts on, with the line behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.desired.assignment import Grant
from reconciler.desired.scoping import FilterResult
from reconciler.desired.truth import Truth
from reconciler.model.attributes import EXTERNAL_ID, USER_NAME
from reconciler.model.change import Create, Deactivate, RemoveMembers, Update
from reconciler.model.desired import Cause, Excluded, MatchKey, Provisioned, Reason, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import GroupKey, Kind, ResourceId, object_id
from reconciler.model.ledger import Memory
from reconciler.model.mapping import Apply
from reconciler.model.note_code import NoteCode
from reconciler.model.path import Value
from reconciler.model.period import Period
from reconciler.model.scoping import Operator
from reconciler.model.sealed import HIDDEN
from reconciler.model.target import Ability, Deprovision, Manage, Marked, OwnedWhen, Removal, Scope
from reconciler.plan.explain.access import Access, Answer
from reconciler.plan.explain.live import Candidate, Conflicted, Matched, NotFound
from reconciler.plan.explain.outcome import Nothing
from reconciler.plan.explain.values import Comparison, Input
from reconciler.plan.pairing import Proof, Way
from tests.unit.desired.builders_desired import (
    FILTER_AT,
    FUTURE,
    GROUP_NAME,
    GROUPS_AT,
    PAST,
    TARGET_AT,
    USERS_AT,
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
    direct,
    expression,
)
from tests.unit.desired.builders_desired import USER_NAME as MAPS_USER_NAME
from tests.unit.plan.builders_plan import holding, live_group, live_user
from tests.unit.plan.explain.builders_explain import OPS, STRICT, explained, live_part

ASSIGNED = a_target(scope=Scope.ASSIGNED)
OBJECT_ID = direct("externalId", "objectId")
ADAS_ID = object_id(Kind.USER, "ada")
OURS = Answer(Truth.TRUE, Reason("everything behind this endpoint is ours", TARGET_AT))


def answer(truth: Truth, text: str, at: Position) -> Answer:
    return Answer(truth, Reason(text, at))


def line(file: str, number: int, column: int = 1) -> Position:
    return Position(file, number, column)


# Access: active, assigned, role, filter.


def test_every_line_that_assigns_is_named_and_the_first_counts() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        groups=[a_group("ops", users=["ada"]), a_group("leads", rule="true")],
        assignments=[
            replace(an_assignment(groups=["leads", "ops"], name="a"), role="User"),
            replace(an_assignment(users=["ada"], name="b"), role="Admin"),
            an_assignment(users=["ada"], name="elsewhere", target="other"),
        ],
        target=ASSIGNED,
    )
    found = explained(tree)
    own = Grant("b", None, line("assignments.yaml", 5), "Admin")
    assert found.access == Access(
        active=answer(Truth.TRUE, "nothing suspends it", USERS_AT),
        assigned=Answer(Truth.TRUE, own.reason),
        grants=(
            own,
            Grant("a", GroupKey("leads"), line("assignments.yaml", 15), "User"),
            Grant("a", GroupKey("ops"), line("assignments.yaml", 16), "User"),
        ),
        entitled=None,
        included=None,
        filter=None,
        before_mapping=Provisioned(own.reason),
        ways={
            GroupKey("leads"): Reason("memberRule of leads is true", line("groups.yaml", 60)),
            GroupKey("ops"): Reason("listed in ops", line("groups.yaml", 20)),
        },
    )
    assert found.access.roles == ("Admin", "User")
    assert found.standing == Provisioned(Reason("assigned by b", line("assignments.yaml", 5)))


def test_whoever_no_line_assigns_is_told_so_and_has_no_role() -> None:
    found = explained(a_tree(users=[a_user("ada")], target=ASSIGNED))
    why = Reason("no assignment to app reaches ada", USERS_AT)
    assert (found.access.assigned, found.access.grants, found.access.roles) == (
        Answer(Truth.FALSE, why),
        (),
        (),
    )
    assert found.standing == Excluded(Cause.UNASSIGNED, why)


def test_a_rule_that_fails_leaves_the_assignment_undetermined() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        groups=[a_group("ops", rule='user.department > "x"')],
        assignments=[an_assignment(groups=["ops"])],
        target=ASSIGNED,
    )
    found = explained(tree)
    assert found.access.assigned == answer(
        Truth.UNDETERMINED,
        "memberRule of ops failed, so a is unclear",
        line("assignments.yaml", 15),
    )


@pytest.mark.parametrize(
    ("written", "period", "held", "expected"),
    [
        (
            True,
            Period(),
            True,
            answer(Truth.FALSE, "held by hold-ada (INC-7)", line("holds.yaml", 3)),
        ),
        (
            True,
            Period(begins=FUTURE),
            False,
            answer(Truth.FALSE, "from 2026-12-31, which is to come", line("users.yaml", 7, 3)),
        ),
        (
            True,
            Period(ends=PAST),
            False,
            answer(Truth.FALSE, "until 2026-01-31, which is over", line("users.yaml", 8, 3)),
        ),
        (
            False,
            Period(),
            False,
            answer(Truth.FALSE, "accountEnabled is false", line("users.yaml", 11, 5)),
        ),
        (
            "perhaps",
            Period(),
            False,
            answer(
                Truth.UNDETERMINED,
                "accountEnabled of ada is neither true nor false",
                line("users.yaml", 11, 5),
            ),
        ),
    ],
)
def test_who_is_not_active_in_git_is_told_why(
    written: Value, period: Period, held: bool, expected: Answer
) -> None:
    user = a_user("ada", {"accountEnabled": written}, period=period)
    tree = a_tree(users=[user], holds=[a_hold("ada")] if held else [])
    assert explained(tree).access.active == expected


def test_a_filter_is_shown_entry_by_entry_and_clause_by_clause_with_what_it_saw() -> None:
    country = a_clause("country", Operator.EQUALS, "PT", 6)
    tree = a_tree(
        users=[a_user("ada", country="JP")],
        filters=[
            a_filter(
                an_entry(country, name="staff"),
                an_entry(name="sponsored", when="user.manager != null", line=9),
            )
        ],
        target=a_target(users=a_handling(filter="people")),
    )
    found = explained(tree).access.filter
    assert isinstance(found, FilterResult)
    assert (found.truth, found.filter.at) == (Truth.FALSE, FILTER_AT)
    assert [
        (
            group.group.name,
            group.truth,
            [(c.seen, c.truth, c.clause.at.line) for c in group.clauses],
        )
        for group in found.groups
    ] == [
        ("staff", Truth.FALSE, [("JP", Truth.FALSE, 6)]),
        ("sponsored", Truth.FALSE, []),
    ]
    assert [None if g.when is None else g.when.why for g in found.groups] == [
        None,
        "`when` is false",
    ]


def test_a_nested_assignment_says_through_which_groups_somebody_is_reached() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        groups=[
            a_group("inner", users=["ada"]),
            a_group("middle", groups=["inner"]),
            a_group("outer", groups=["middle"]),
        ],
        assignments=[replace(an_assignment(groups=["outer"]), nested=True)],
        target=ASSIGNED,
    )
    assert explained(tree).access.ways == {
        "outer": Reason(
            "listed in inner, which is inside middle, which is inside outer",
            line("groups.yaml", 20),
        )
    }


def test_a_condition_shows_what_it_looked_at_but_not_what_is_redacted() -> None:
    when = 'user.mail != "x" && user.country == "PT"'
    rule = expression("title", "Redact([mail])")
    tree = a_tree(
        users=[a_user("ada", mail="a@zone.example", country="PT")],
        filters=[a_filter(an_entry(when=when))],
        user_mapping=a_mapping(MAPS_USER_NAME, rule),
        target=a_target(users=a_handling(filter="people")),
    )
    found = explained(tree).access.filter
    assert isinstance(found, FilterResult)
    assert found.groups[0].when is not None
    assert found.groups[0].when.seen == (("user.country", "PT"), ("user.mail", HIDDEN))


def test_a_filter_that_is_not_declared_lets_nobody_be_judged() -> None:
    tree = a_tree(users=[a_user("ada")], target=a_target(users=a_handling(filter="lost")))
    found = explained(tree)
    missing = Undetermined(
        NoteCode.MISSING_FILTER,
        Reason("there is no ScopingFilter lost, so nobody can be judged by it", TARGET_AT),
    )
    assert (found.access.filter, found.standing) == (missing, missing)


def test_a_group_is_always_active_and_assigned_by_its_own_line() -> None:
    tree = a_tree(
        groups=[a_group("ops")], assignments=[an_assignment(groups=["ops"])], target=ASSIGNED
    )
    found = explained(tree, subject=OPS)
    grant = Grant("a", None, line("assignments.yaml", 15))
    assert found.access == Access(
        active=answer(Truth.TRUE, "groups are always active", GROUPS_AT),
        assigned=Answer(Truth.TRUE, grant.reason),
        grants=(grant,),
        entitled=None,
        included=None,
        filter=None,
        before_mapping=Provisioned(grant.reason),
    )


# Live: found by what, owned why.


IDS = a_tree(users=[a_user("ada")], user_mapping=a_mapping(MAPS_USER_NAME, OBJECT_ID))


@pytest.mark.parametrize(
    ("live_id", "memory", "way"),
    [
        ("u-ada", Memory(), Proof.OBJECT_ID),
        ("u-7", Memory(links={"user:ada": ResourceId("u-7")}), Proof.LEDGER),
        ("u-8", Memory(), MatchKey(USER_NAME, "ada@zone.example", 1)),
    ],
)
def test_what_found_the_live_resource_is_named(live_id: str, memory: Memory, way: Way) -> None:
    held = {"u-ada": {"externalId": ADAS_ID}}.get(live_id, {})
    actual = holding(live_user(live_id, "ada@zone.example", **held))
    assert live_part(explained(IDS, actual, memory=memory)).matching == Matched(
        Candidate(ResourceId(live_id), "ada@zone.example", True, OURS), way, False
    )


def test_our_mark_finds_a_group_and_makes_it_ours() -> None:
    target = replace(
        a_target(groups=a_handling(mapping="groups", ownership=Marked())), repository="org"
    )
    tree = a_tree(groups=[a_group("ops")], target=target)
    mark = "reconciler:org/app:ops"
    actual = holding(live_group("g-1", name="Former name", externalId=mark))
    assert live_part(explained(tree, actual, OPS)).matching == Matched(
        Candidate(
            ResourceId("g-1"),
            "Former name",
            True,
            answer(Truth.TRUE, f"it carries our mark, {mark}", TARGET_AT),
        ),
        Proof.MARK,
        False,
    )


@pytest.mark.parametrize("adopt", [False, True])
def test_a_group_without_our_mark_is_a_conflict_or_adopted(adopt: bool) -> None:
    target = replace(
        a_target(groups=a_handling(mapping="groups", ownership=Marked())), repository="org"
    )
    tree = a_tree(groups=[a_group("ops", adopt=adopt)], target=target)
    found = live_part(explained(tree, holding(live_group("g-1", name="ops")), OPS))
    by = MatchKey(GROUP_NAME.target, "ops", 1)
    candidate = Candidate(
        ResourceId("g-1"), "ops", True, answer(Truth.FALSE, "it does not carry our mark", TARGET_AT)
    )
    if adopt:
        assert found.matching == Matched(candidate, by, adopting=True)
        assert [type(change) for change in found.outcome.plan.changes] == [Update]
    else:
        why = Reason(
            "ops (g-1) matches and is not ours; to take it over, set `adopt: true`", GROUPS_AT
        )
        assert found.matching == Conflicted(NoteCode.NOT_OURS, why, by, (candidate,))
        assert found.outcome.nothing == Nothing(EntryCode.ENTRY_CONFLICT, why)


def test_somebody_elses_mark_is_quoted() -> None:
    target = replace(
        a_target(groups=a_handling(mapping="groups", ownership=Marked())), repository="org"
    )
    tree = a_tree(groups=[a_group("ops")], target=target)
    theirs = "reconciler:other/app:ops"
    actual = holding(live_group("g-1", name="ops", externalId=theirs))
    found = live_part(explained(tree, actual, OPS)).matching
    assert isinstance(found, Conflicted)
    assert (found.code, found.candidates[0].owned) == (
        "foreign-mark",
        answer(Truth.FALSE, f"it carries somebody else's mark, {theirs}", TARGET_AT),
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("resource.userName != null", "the ownership rule holds for it"),
        ("resource.userName == null", "the ownership rule does not hold for it"),
    ],
)
def test_an_ownership_rule_is_quoted_by_its_line(condition: str, expected: str) -> None:
    at = line("targets.yaml", 30)
    target = a_target(users=a_handling(ownership=OwnedWhen(condition, at)))
    tree = a_tree(users=[a_user("ada")], target=target)
    found = live_part(explained(tree, holding(live_user("u-ada")))).matching
    assert not isinstance(found, NotFound)
    candidate = found.live if isinstance(found, Matched) else found.candidates[0]
    assert candidate.owned.reason == Reason(expected, at)


def test_two_accounts_that_match_are_a_conflict_with_both_candidates() -> None:
    tree = a_tree(
        users=[a_user("ada", mail="a@zone.example")],
        user_mapping=a_mapping(MAPS_USER_NAME, direct("nickName", "mail", match=2)),
    )
    actual = holding(
        live_user("u-1", "ada@zone.example"),
        live_user("u-2", "other", nickName="a@zone.example", active=False),
    )
    found = live_part(explained(tree, actual))
    why = Reason("2 live resources match: ada@zone.example (u-1), other (u-2)", USERS_AT)
    assert found.matching == Conflicted(
        NoteCode.AMBIGUOUS_MATCH,
        why,
        MatchKey(USER_NAME, "ada@zone.example", 1),
        (
            Candidate(ResourceId("u-1"), "ada@zone.example", True, OURS),
            Candidate(ResourceId("u-2"), "other", False, OURS),
        ),
    )
    assert found.outcome.nothing == Nothing(EntryCode.DUPLICATE_TARGET, why)


def test_where_nobody_is_found_the_values_are_listed_that_would_have_found_somebody() -> None:
    found = live_part(explained(IDS, holding()))
    assert found.matching == NotFound(
        (MatchKey(EXTERNAL_ID, ADAS_ID, 0), MatchKey(USER_NAME, "ada@zone.example", 1)),
        True,
        Reason("no live user that can be its own has any of its values", USERS_AT),
    )
    assert [type(change) for change in found.outcome.plan.changes] == [Create]
    assert found.outcome.nothing is None


def test_not_found_in_an_incomplete_reading_is_no_absence() -> None:
    found = live_part(explained(IDS, holding(users_gap="page 2 failed")))
    why = Reason("it was not found, but not everything was read: page 2 failed", USERS_AT)
    assert isinstance(found.matching, NotFound)
    assert (found.matching.certain, found.matching.reason) == (False, why)
    assert found.outcome.nothing == Nothing(EntryCode.IMPORT_SKIPPED, why)
    assert found.outcome.plan.gaps == ("users: page 2 failed",)


def test_somebody_without_a_value_to_be_found_by_may_be_there_all_the_same() -> None:
    tree = a_tree(users=[a_user("ada", userPrincipalName=None)])
    found = live_part(explained(tree, holding()))
    assert found.matching == NotFound(
        (),
        False,
        Reason(
            "it may be there, but has no value for every attribute that would find it", USERS_AT
        ),
    )
    assert found.outcome.nothing is not None
    assert found.outcome.nothing.skip is EntryCode.VALIDATION_FAILED


# Values.


def test_each_attribute_shows_what_is_wanted_what_is_live_and_both_lines() -> None:
    tree = a_tree(
        users=[a_user("ada", givenName="Ada", surname="Lovelace", mail=None)],
        user_mapping=a_mapping(
            MAPS_USER_NAME,
            direct("name.givenName", "givenName", line=11),
            direct("title", "jobTitle"),
            direct("nickName", "mail"),
            constant("timezone", "Europe/Lisbon", apply=Apply.ON_CREATE),
            expression("displayName", 'Join(" ", [givenName], [surname])'),
            expression("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'),
        ),
    )
    actual = holding(
        live_user("u-ada", name={"givenName": "ada"}, displayName="A", active=True, timezone="UTC")
    )
    found = explained(tree, actual)
    given = Input("givenName", "Ada", line("users.yaml", 11, 5), written=True)
    surname = Input("surname", "Lovelace", line("users.yaml", 12, 5), written=True)
    upn = Input("userPrincipalName", "ada@zone.example", line("users.yaml", 10, 5), written=True)
    assert [
        (str(a.rule.target), a.inputs, a.wanted, a.live, a.comparison) for a in found.attributes
    ] == [
        ("userName", (upn,), "ada@zone.example", "ada@zone.example", Comparison.SAME),
        ("name.givenName", (given,), "Ada", "ada", Comparison.SAME),
        ("title", (Input("jobTitle", None, None, False),), None, None, Comparison.NOT_MANAGED),
        (
            "nickName",
            (Input("mail", None, line("users.yaml", 13, 5), True),),
            None,
            None,
            Comparison.SAME,
        ),
        ("timezone", (), "Europe/Lisbon", "UTC", Comparison.ON_CREATE),
        ("displayName", (given, surname), "Ada Lovelace", "A", Comparison.DIFFERS),
        (
            "active",
            (Input("IsSoftDeleted", False, None, True),),
            True,
            True,
            Comparison.SWITCHED,
        ),
    ]


def test_what_cannot_be_mapped_says_why_and_makes_its_person_undetermined() -> None:
    tree = a_tree(
        users=[a_user("ada", surname="L")],
        user_mapping=a_mapping(MAPS_USER_NAME, direct("active", "surname", line=12)),
    )
    found = explained(tree, holding(live_user("u-ada")))
    why = Reason(
        'active of ada takes true or false (or "True", "False" as text)', line("mappings.yaml", 12)
    )
    assert [(a.comparison, a.problem) for a in found.attributes] == [
        (Comparison.NOT_KEPT, None),
        (Comparison.UNDETERMINED, why),
    ]
    assert found.standing == Undetermined(NoteCode.MAPPING_TYPE, why)
    assert live_part(found).outcome.nothing == Nothing(EntryCode.VALIDATION_FAILED, why)


def test_without_a_live_resource_there_is_nothing_to_compare_with() -> None:
    (offline,), (absent,) = (
        explained(a_tree(users=[a_user("ada")]), actual).attributes for actual in (None, holding())
    )
    assert offline == absent
    assert (offline.comparison, offline.live) == (Comparison.NOT_LIVE, None)


# Outcome.


def test_who_is_as_git_wants_it_is_a_redundant_export() -> None:
    found = live_part(explained(a_tree(users=[a_user("ada")]), holding(live_user("u-ada"))))
    assert found.outcome.nothing == Nothing(
        EntryCode.REDUNDANT_EXPORT,
        Reason("live is as Git wants it", TARGET_AT),
    )


def test_a_check_that_blocks_the_change_is_named() -> None:
    tree = a_tree(users=[a_user("ada", accountEnabled=False), a_user("bo")])
    actual = holding(live_user("u-ada"), live_user("u-bo"))
    found = live_part(explained(tree, actual, policies=STRICT)).outcome
    assert [type(change) for change in found.plan.changes] == [Deactivate]
    assert [violation.check for violation in found.violations] == ["deactivations"]
    assert found.nothing is None


def test_checks_that_block_somebody_elses_change_are_not() -> None:
    tree = a_tree(users=[a_user("ada"), a_user("bo", accountEnabled=False)])
    actual = holding(live_user("u-ada"), live_user("u-bo"))
    found = live_part(explained(tree, actual, policies=STRICT)).outcome
    assert (found.plan.changes, found.violations) == ((), ())


def test_a_persons_place_in_a_groups_change_is_theirs_and_the_others_are_not() -> None:
    tree = a_tree(users=[a_user("ada"), a_user("bo")], groups=[a_group("ops")])
    actual = holding(
        live_user("u-ada"), live_user("u-bo"), live_group("g-1", "u-ada", "u-bo", name="ops")
    )
    found = live_part(explained(tree, actual)).outcome
    (change,) = found.plan.changes
    assert isinstance(change, RemoveMembers)
    assert (change.key, change.members) == ("ops", ("ada",))
    assert found.nothing is not None
    assert found.nothing.skip is EntryCode.REDUNDANT_EXPORT


@pytest.mark.parametrize(
    ("deprovision", "live", "skip", "text"),
    [
        (
            Deprovision(),
            False,
            EntryCode.NOT_ENTITLED,
            "no assignment to app reaches ada; it should not be there, and is not",
        ),
        (
            Deprovision(unassigned=Removal.KEEP),
            True,
            EntryCode.NOT_ENTITLED,
            "no assignment to app reaches ada; `deprovision` says that it is kept",
        ),
        (
            Deprovision(),
            True,
            EntryCode.NOT_ENTITLED,
            "no assignment to app reaches ada; it is switched off already",
        ),
    ],
)
def test_nothing_is_done_with_the_unassigned_for_a_reason(
    deprovision: Deprovision, live: bool, skip: EntryCode, text: str
) -> None:
    handling = replace(a_handling(), deprovision=deprovision)
    tree = a_tree(users=[a_user("ada")], target=a_target(users=handling, scope=Scope.ASSIGNED))
    actual = holding(*([live_user("u-ada", active=False)] if live else []))
    assert live_part(explained(tree, actual)).outcome.nothing == Nothing(
        skip, Reason(text, USERS_AT)
    )


def test_who_is_out_of_scope_is_skipped_by_synchronization() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        filters=[a_filter(an_entry(a_clause("country", Operator.EQUALS, "PT")))],
        target=a_target(users=a_handling(filter="people")),
    )
    found = live_part(explained(tree, holding())).outcome.nothing
    assert found is not None
    assert found.skip is EntryCode.SYNCHRONIZATION_SKIPPED


@pytest.mark.parametrize(
    ("enabled", "live", "skip", "text"),
    [
        (True, True, EntryCode.REDUNDANT_EXPORT, "it is there; others look after it"),
        (
            True,
            False,
            EntryCode.SYNCHRONIZATION_SKIPPED,
            "users are only looked up here, so somebody else has to create it",
        ),
        (
            False,
            True,
            EntryCode.SYNCHRONIZATION_SKIPPED,
            "accountEnabled is false; others look after what is live",
        ),
    ],
)
def test_people_who_are_only_looked_up_are_somebody_elses(
    enabled: bool, live: bool, skip: EntryCode, text: str
) -> None:
    tree = a_tree(
        users=[a_user("ada", accountEnabled=enabled)],
        target=a_target(users=a_handling(manage=Manage.LOOKUP)),
    )
    found = live_part(explained(tree, holding(*([live_user("u-ada")] if live else []))))
    assert found.outcome.nothing is not None
    assert (found.outcome.nothing.skip, found.outcome.nothing.reason.text) == (skip, text)
    if isinstance(found.matching, Matched):
        assert found.matching.live.owned == answer(
            Truth.FALSE, "users are only looked up here", TARGET_AT
        )


def test_a_note_that_says_why_comes_before_what_the_standing_says() -> None:
    handling = replace(a_handling(), abilities=frozenset({Ability.UPDATE}))
    tree = a_tree(users=[a_user("ada")], target=a_target(users=handling))
    assert live_part(explained(tree, holding())).outcome.nothing == Nothing(
        EntryCode.SYNCHRONIZATION_SKIPPED,
        Reason("would be created, but the target's actions have no create", USERS_AT),
    )


def test_a_member_who_waits_is_an_unresolved_reference() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        groups=[a_group("ops", users=["ada"])],
        target=a_target(users=a_handling(manage=Manage.LOOKUP)),
    )
    assert live_part(explained(tree, holding(live_group("g-1", name="ops")))).outcome.nothing == (
        Nothing(
            EntryCode.UNRESOLVED_REFERENCE,
            Reason("is not live yet, so it cannot be added to ops", USERS_AT),
        )
    )


def test_offline_everything_stands_but_what_is_live() -> None:
    tree = a_tree(users=[a_user("ada")], groups=[a_group("ops", users=["ada"])])
    offline, seen = explained(tree), explained(tree, holding())
    assert offline.live is None
    assert (offline.access, offline.standing, offline.attributes) == (
        seen.access,
        seen.standing,
        seen.attributes,
    )


def test_a_group_under_its_former_name_is_found_by_that() -> None:
    tree = a_tree(groups=[a_group("ops", formerly=["Operators"])])
    found = live_part(explained(tree, holding(live_group("g-1", name="operators")), OPS)).matching
    assert isinstance(found, Matched)
    assert found.by == MatchKey(GROUP_NAME.target, "Operators", 1)
