from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.desired.mapping import Mapped, compile_mapping, compile_matching
from reconciler.desired.subjects import source_group, source_user
from reconciler.model.attributes import Characteristics
from reconciler.model.desired import DesiredValue, MatchKey, Reason, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, object_id
from reconciler.model.mapping import Apply, MappingRule
from reconciler.model.note_code import NoteCode
from reconciler.model.path import Value, parse_path
from reconciler.model.resource_type import ResourceType
from tests.unit.desired.builders_desired import (
    GROUP_NAME,
    MAPPING_AT,
    MEMBERS,
    USER_NAME,
    a_group,
    a_mapping,
    a_user,
    constant,
    direct,
    expression,
)

NEEDS_NOTHING = ResourceType({})
NEEDS_A_NAME = ResourceType({"userName": Characteristics(required=True)})
NEEDS_BOTH = ResourceType(
    {"userName": Characteristics(required=True), "displayName": Characteristics(required=True)}
)
ACTIVE = 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'


def mapped(*rules: MappingRule, **attributes: Value) -> Mapped:
    compiled = compile_mapping(a_mapping(*rules, USER_NAME), NEEDS_A_NAME)
    return compiled.apply(source_user(a_user("ada", attributes)), soft_deleted=False)


def value_of(
    rule: MappingRule, written: Mapping[str, Value] | None = None, *, soft_deleted: bool = False
) -> object:
    """The value of the rule's target, "not managed", or why it failed."""
    compiled = compile_mapping(a_mapping(rule, USER_NAME), NEEDS_NOTHING)
    result = compiled.apply(source_user(a_user("ada", written)), soft_deleted=soft_deleted)
    if result.failure is not None:
        return result.failure.code
    wanted = result.values.get(rule.target)
    return "not managed" if wanted is None else wanted.value


FROM_JOB = direct("title", "jobTitle")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({}, "not managed"),
        ({"jobTitle": None}, None),
        ({"jobTitle": ()}, None),
        ({"jobTitle": ""}, None),
        ({"jobTitle": "Lead"}, "Lead"),
    ],
)
def test_written_states_of_an_attribute_are_kept_apart(
    written: dict[str, Value], value: Value
) -> None:
    assert value_of(FROM_JOB, written) == value


@pytest.mark.parametrize("written", [{}, {"jobTitle": None}])
def test_default_replaces_every_null(written: dict[str, Value]) -> None:
    assert value_of(direct("title", "jobTitle", default="staff"), written) == "staff"
    assert value_of(expression("title", "[jobTitle]", default="staff"), written) == "staff"


@pytest.mark.parametrize(
    ("text", "written", "value"),
    [
        ('Append([jobTitle], "!")', {"jobTitle": "Lead"}, "Lead!"),
        # Both read as null: what nobody wrote clears nothing.
        ("Coalesce([jobTitle], [mail])", {}, "not managed"),
        ("Coalesce([jobTitle], [mail])", {"jobTitle": None}, "not managed"),
        ("Coalesce([jobTitle], [mail])", {"jobTitle": None, "mail": ()}, None),
        # Nothing is null but the result: the expression itself says that there is no value.
        ('Switch([country], , "PT", "Lisbon")', {"country": "US"}, None),
        ('Switch([country], , "PT", "Lisbon")', {"country": "PT"}, "Lisbon"),
        ("IgnoreFlowIfNullOrEmpty([jobTitle])", {"jobTitle": None}, "not managed"),
        ("IgnoreFlowIfNullOrEmpty([jobTitle])", {"jobTitle": "Lead"}, "Lead"),
        ('Left([jobTitle], "many")', {"jobTitle": "Lead"}, "mapping-error"),
        ("Left([jobTitle", {"jobTitle": "Lead"}, "mapping-error"),
    ],
)
def test_expression_gives_a_value_a_clear_or_nothing(
    text: str, written: dict[str, Value], value: Value
) -> None:
    assert value_of(expression("title", text), written) == value


@pytest.mark.parametrize("rule", [expression("active", ACTIVE), direct("active", "accountEnabled")])
def test_boolean_attribute_takes_true_and_false_in_both_spellings(rule: MappingRule) -> None:
    assert value_of(rule) is True


@pytest.mark.parametrize("soft_deleted", [True, False])
def test_soft_deletion_is_text_for_expressions_and_a_boolean_elsewhere(soft_deleted: bool) -> None:
    assert value_of(expression("active", ACTIVE), soft_deleted=soft_deleted) is not soft_deleted
    as_text = expression("title", "[IsSoftDeleted]")
    assert value_of(as_text, soft_deleted=soft_deleted) == str(soft_deleted)
    plain = direct("active", "IsSoftDeleted")
    assert value_of(plain, soft_deleted=soft_deleted) is soft_deleted


def test_constant_is_always_the_value_and_an_empty_one_clears() -> None:
    assert value_of(constant("title", "staff")) == "staff"
    assert value_of(constant("title", None)) is None


def test_value_of_the_wrong_type_makes_everything_undetermined() -> None:
    result = mapped(direct("active", "jobTitle"), jobTitle="secret")
    assert result.failure == Undetermined(
        NoteCode.MAPPING_TYPE,
        Reason(
            'active of ada takes true or false (or "True", "False" as text)',
            Position("mappings.yaml", 10),
        ),
    )


def test_failed_expression_names_function_target_and_person_but_no_value() -> None:
    result = mapped(expression("title", "Left([jobTitle], [mail])"), jobTitle="x", mail="secret")
    assert result.failure is not None
    assert result.failure.code == "mapping-error"
    assert result.failure.reason.at == Position("mappings.yaml", 50)
    assert result.failure.reason.text.startswith("the expression for title of ada failed: ")
    assert "secret" not in result.failure.reason.text


def test_value_points_at_the_line_that_wrote_it() -> None:
    rules = (direct("title", "jobTitle"), constant("nickName", "x"), direct("locale", "objectId"))
    values = mapped(*rules, jobTitle="Lead").values
    assert {str(path): value.at for path, value in values.items()} == {
        "title": Position("users.yaml", 11, 5),
        "nickName": Position("mappings.yaml", 30),
        "locale": Position("mappings.yaml", 10),  # derived, so nobody wrote it
        "userName": Position("users.yaml", 10, 5),
    }


def test_value_for_creation_only_says_so() -> None:
    rule = constant("title", "staff", apply=Apply.ON_CREATE)
    wanted = mapped(rule).values[parse_path("title")]
    assert wanted == DesiredValue("staff", Position("mappings.yaml", 30), apply=Apply.ON_CREATE)


def keys(*found: tuple[str, str, int]) -> tuple[MatchKey, ...]:
    return tuple(MatchKey(parse_path(path), value, order) for path, value, order in found)


def test_match_keys_come_by_precedence_whatever_the_order_of_rules() -> None:
    rules = (
        direct("nickName", "mailNickname", match=3),
        constant("title", 7, match=2),
    )
    result = mapped(*rules, mailNickname="ada")
    assert result.match == keys(
        ("userName", "ada@zone.example", 1), ("title", "7", 2), ("nickName", "ada", 3)
    )
    assert result.failure is None


def test_one_matching_attribute_with_a_value_is_enough() -> None:
    result = mapped(direct("nickName", "mailNickname", match=2))
    assert (result.match, result.failure) == (keys(("userName", "ada@zone.example", 1)), None)


def test_nobody_can_be_found_without_any_matching_value() -> None:
    mapping = a_mapping(direct("nickName", "mailNickname", match=2, line=12))
    result = compile_mapping(mapping, NEEDS_NOTHING).apply(
        source_user(a_user("ada")), soft_deleted=False
    )
    said = "ada has no value for a matching attribute: nothing could find it"
    assert result.failure == Undetermined(
        NoteCode.MATCH_VALUE_MISSING, Reason(said, Position("mappings.yaml", 12))
    )
    assert not result.lost


def test_mapping_without_matching_attribute_finds_nobody() -> None:
    compiled = compile_mapping(a_mapping(FROM_JOB), NEEDS_NOTHING)
    result = compiled.apply(source_user(a_user("ada", jobTitle="Lead")), soft_deleted=False)
    assert result.failure is not None
    assert (result.failure.code, result.failure.reason.at) == ("match-value-missing", MAPPING_AT)


def test_list_is_no_key() -> None:
    rule = direct("urn:acme:2.0:User:mails", "otherMails", match=1)
    compiled = compile_mapping(a_mapping(rule), NEEDS_NOTHING)
    source = source_user(a_user("ada", otherMails=("a", "b")))
    assert compiled.apply(source, soft_deleted=False).match == ()


@pytest.mark.parametrize(
    ("rules", "at"),
    [
        ((USER_NAME,), MAPPING_AT),  # not mapped at all
        ((USER_NAME, direct("displayName", "displayName", line=14)), Position("mappings.yaml", 14)),
    ],
)
def test_required_attribute_without_value_is_undetermined(
    rules: tuple[MappingRule, ...], at: Position
) -> None:
    compiled = compile_mapping(a_mapping(*rules), NEEDS_BOTH)
    source = source_user(a_user("ada", displayName=None))
    failure = compiled.apply(source, soft_deleted=False).failure
    said = "displayName is required, and ada has no value for it"
    assert failure == Undetermined(NoteCode.REQUIRED_VALUE_MISSING, Reason(said, at))


def test_keys_are_there_although_something_else_failed() -> None:
    rules = (direct("externalId", "objectId"), direct("active", "jobTitle"))
    result = mapped(*rules, jobTitle="x", objectId="77")
    assert result.failure is not None
    assert result.match == keys(("userName", "ada@zone.example", 1))
    assert result.identity == MatchKey(parse_path("externalId"), "77", 0)
    assert not result.lost


def test_failed_matching_expression_loses_the_live_resource() -> None:
    compiled = compile_mapping(
        a_mapping(expression("userName", "Left([mail", match=1)), NEEDS_NOTHING
    )
    assert compiled.apply(source_user(a_user("ada")), soft_deleted=False).lost


def test_object_id_is_derived_from_the_key_where_none_is_written() -> None:
    rule = direct("externalId", "objectId", match=2)
    derived = object_id(Kind.USER, "ada")
    assert mapped(rule).identity == MatchKey(parse_path("externalId"), derived, 2)
    assert mapped(rule, objectId=None).identity == MatchKey(parse_path("externalId"), derived, 2)


def test_first_rule_that_writes_the_object_id_is_the_identity() -> None:
    rules = (direct("externalId", "objectId"), direct("nickName", "objectId"))
    identity = mapped(*rules, objectId="77").identity
    assert identity == MatchKey(parse_path("externalId"), "77", 0)


def test_lookup_uses_the_matching_attributes_alone() -> None:
    broken = direct("active", "jobTitle")
    compiled = compile_matching(
        a_mapping(USER_NAME, broken, direct("externalId", "objectId")), NEEDS_NOTHING
    )
    source = source_user(a_user("ada", jobTitle="x"))
    result = compiled.apply(source, soft_deleted=False)
    assert result.match == keys(("userName", "ada@zone.example", 1))
    assert (result.identity, result.failure) == (None, None)


def test_members_are_no_value_but_switch_membership_on() -> None:
    with_members = compile_mapping(a_mapping(GROUP_NAME, MEMBERS, kind=Kind.GROUP), NEEDS_NOTHING)
    without = compile_mapping(a_mapping(GROUP_NAME, kind=Kind.GROUP), NEEDS_NOTHING)
    assert (with_members.members_managed, without.members_managed) == (True, False)
    values = with_members.apply(source_group(a_group("ops")), soft_deleted=False).values
    assert {str(path): value.value for path, value in values.items()} == {"displayName": "ops"}


def test_former_names_give_the_keys_of_then() -> None:
    rules = (
        expression("displayName", 'Append("App ", [displayName])', match=1),
        direct("externalId", "objectId", match=2),
    )
    compiled = compile_mapping(a_mapping(*rules, kind=Kind.GROUP), NEEDS_NOTHING)
    found = compiled.former_keys(source_group(a_group("ops", objectId="77")), ("Operators",))
    assert found == keys(("displayName", "App Operators", 1), ("externalId", "77", 2))


@pytest.mark.parametrize(
    ("user_name", "mail", "refused"),
    [
        ("ada@ZONE.example", "ada@zone.example", None),
        ("ada@other.example", "ada@zone.example", "userName"),
        ("ada@zone.example", "ada@other.example", 'emails[type eq "work"].value'),
        ("ada", None, None),  # nobody's domain
    ],
)
def test_a_domain_that_the_provider_does_not_take_is_refused_while_planning(
    user_name: str, mail: str | None, refused: str | None
) -> None:
    here = ResourceType({}, domains=("Zone.example",))
    title = direct("title", "jobTitle")  # no address, whatever it looks like
    rules = (USER_NAME, title, direct('emails[type eq "work"].value', "mail"))
    person = a_user("ada", userPrincipalName=user_name, mail=mail, jobTitle="Lead@other.example")
    source = source_user(person)
    failure = compile_mapping(a_mapping(*rules), here).apply(source, soft_deleted=False).failure
    assert (failure.code if failure else None) == ("domain-not-accepted" if refused else None)
    if failure:
        assert failure.reason.text == (
            f"{refused} of ada has a domain that this provider does not take; it takes zone.example"
        )
    assert (
        compile_matching(a_mapping(*rules), here).apply(source, soft_deleted=False).failure is None
    )


@pytest.mark.parametrize(
    ("title", "roles", "refused"),
    [
        ("Prof", ("a", "bb"), None),
        ("Profé", ("a",), None),
        ("Doctor", ("a",), "title of ada has 6 characters, and this provider takes 5"),
        ("Prof", ("a", "bbbb"), "roles of ada has 4 characters, and this provider takes 3"),
        (None, (), None),
    ],
)
def test_a_text_that_the_provider_would_refuse_or_cut_is_refused_while_planning(
    title: str | None, roles: tuple[str, ...], refused: str | None
) -> None:
    short = {
        "title": Characteristics(max_length=5),
        "roles": Characteristics(multi_valued=True, max_length=3),
    }
    rules = (USER_NAME, direct("title", "jobTitle"), direct("roles", "proxyAddresses"))
    source = source_user(a_user("ada", jobTitle=title, proxyAddresses=roles))
    compiled = compile_mapping(a_mapping(*rules), ResourceType(short))
    failure = compiled.apply(source, soft_deleted=False).failure
    assert (failure.reason.text if failure else None) == refused
    assert failure is None or failure.code == "value-too-long"
    matching = compile_matching(a_mapping(*rules), ResourceType(short))
    assert matching.apply(source, soft_deleted=False).failure is None
