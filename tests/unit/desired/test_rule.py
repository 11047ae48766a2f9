"""What one rule makes of what is written: policies, defaults, guests, compound keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.desired.guests import external_address
from reconciler.desired.mapping import Mapped, compile_mapping
from reconciler.desired.subjects import source_user
from reconciler.model.attributes import MANAGER, AttributeType, Characteristics
from reconciler.model.desired import DesiredReference, DesiredValue, MatchKey
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, UserKey
from reconciler.model.mapping import Apply, DefaultWhen, MappingRule
from reconciler.model.path import Value, parse_path
from reconciler.model.profile import RFC7644
from reconciler.model.resource_type import ResourceType
from tests.unit.desired.builders_desired import (
    USER_NAME,
    a_mapping,
    a_user,
    direct,
    expression,
    untouched,
)

PEOPLE = RFC7644.of(Kind.USER)
ROLES = ('{"displayName":"Admin","id":"r-2","value":"admin"}',)


def mapped(*rules: MappingRule, **attributes: Value) -> Mapped:
    return mapped_at(PEOPLE, *rules, **attributes)


def mapped_at(types: ResourceType, *rules: MappingRule, **attributes: Value) -> Mapped:
    compiled = compile_mapping(a_mapping(*rules), types)
    return compiled.apply(source_user(a_user("ada", attributes)), soft_deleted=False)


def wanted(rule: MappingRule, **attributes: Value) -> DesiredValue | str | None:
    result = mapped(rule, USER_NAME, **attributes)
    return result.failure.code if result.failure else result.values.get(rule.target)


@pytest.mark.parametrize("policy", list(Apply))
def test_policy_of_a_rule_goes_with_its_value(policy: Apply) -> None:
    rule = replace(direct("title", "jobTitle"), apply=policy)
    found = wanted(rule, jobTitle="Lead")
    assert found == DesiredValue("Lead", Position("users.yaml", 11, 5), policy)


def test_untouched_attribute_gets_its_default_wherever_it_is_empty() -> None:
    at = Position("mappings.yaml", 70)
    assert wanted(untouched("title", "staff")) == DesiredValue("staff", at, Apply.IF_EMPTY)
    once = untouched("title", "staff", apply=Apply.ON_CREATE)
    assert wanted(once) == DesiredValue("staff", at, Apply.ON_CREATE)
    assert wanted(untouched("active", "perhaps")) == "mapping-type"
    assert wanted(untouched("title", None)) is None


@pytest.mark.parametrize("written", [{}, {"jobTitle": None}, {"jobTitle": ""}])
def test_default_of_entra_is_given_once_and_clears_nothing_later(written: dict[str, Value]) -> None:
    rule = replace(direct("title", "jobTitle"), default="n/a", default_when=DefaultWhen.ON_CREATE)
    at = Position("mappings.yaml", 10)
    assert wanted(rule, **written) == DesiredValue("n/a", at, Apply.ON_CREATE)
    found = wanted(rule, jobTitle="Lead")
    assert isinstance(found, DesiredValue)
    assert (found.value, found.apply) == ("Lead", Apply.ALWAYS)
    always = replace(rule, default_when=DefaultWhen.ALWAYS)
    assert wanted(always, **written) == DesiredValue("n/a", at, Apply.ALWAYS)


def test_default_of_the_wrong_type_fails_only_those_who_need_it() -> None:
    rule = replace(direct("active", "accountEnabled"), default="perhaps")
    assert wanted(rule, accountEnabled=None) == "mapping-type"
    found = wanted(rule, accountEnabled=False)
    assert isinstance(found, DesiredValue)
    assert found.value is False


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("ada@zone.example", "ada@zone.example"),
        ("ana_partner.example#EXT#@zone.example", "ana@partner.example"),
        ("ana_b_partner.example#ext#@zone.example", "ana_b@partner.example"),
        ("ana@partner.example#EXT#@zone.example", "ana@partner.example"),
        ("partner#EXT#@zone.example", "partner"),
        ("a#b@zone.example", "a#b@zone.example"),
        (None, None),
        (("a_b#EXT#@c",), ("a_b#EXT#@c",)),
    ],
)
def test_guest_is_known_by_the_address_outside(name: Value, address: Value) -> None:
    assert external_address(name) == address


def test_mappings_see_a_guests_address_and_the_whole_name_beside_it() -> None:
    guest = "ana_partner.example#EXT#@zone.example"
    rules = (
        USER_NAME,
        expression("nickName", 'Append([userPrincipalName], "!")'),
        direct("title", "originalUserPrincipalName"),
    )
    result = mapped(*rules, userPrincipalName=guest)
    assert {str(path): value.value for path, value in result.values.items()} == {
        "userName": "ana@partner.example",
        "nickName": "ana@partner.example!",
        "title": guest,
    }
    assert result.match[0].value == "ana@partner.example"


def test_attributes_with_one_number_are_one_key() -> None:
    badge = direct("nickName", "employeeId", match=1)
    country = direct("locale", "country", match=1)
    name = direct("userName", "userPrincipalName", match=2)
    result = mapped(badge, country, name, employeeId="7", country="PT")
    assert result.match == (
        MatchKey(parse_path("nickName"), "7", 1, ((parse_path("locale"), "PT"),)),
        MatchKey(parse_path("userName"), "ada@zone.example", 2),
    )
    assert result.match[0].parts == (
        (parse_path("nickName"), "7"),
        (parse_path("locale"), "PT"),
    )


def test_half_a_key_finds_nobody() -> None:
    badge = direct("nickName", "employeeId", match=1)
    country = direct("locale", "country", match=1)
    result = mapped(badge, country, replace(USER_NAME, match=None), employeeId="7")
    assert result.match == ()
    assert result.failure is not None
    assert result.failure.code == "match-value-missing"


def test_key_of_a_user_becomes_a_reference_and_no_value() -> None:
    rule = direct(MANAGER.text, "manager")
    result = mapped(rule, USER_NAME, manager="boss")
    assert MANAGER not in result.values
    assert result.references == {
        MANAGER: DesiredReference(UserKey("boss"), Position("users.yaml", 11, 5))
    }
    assert mapped(rule, USER_NAME, manager=None).references[MANAGER].key is None
    assert mapped(rule, USER_NAME).references == {}
    chosen = expression(MANAGER.text, 'IIF([country]="PT", [manager], "head")')
    assert mapped(chosen, USER_NAME, manager="boss", country="PT").references[MANAGER].key == "boss"


def test_roles_are_a_list_of_elements_and_none_clears_them() -> None:
    rule = expression("roles", "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])")
    compiled = compile_mapping(a_mapping(rule, USER_NAME), PEOPLE)

    def roles(held: tuple[str, ...] | None) -> Value:
        source = source_user(a_user("ada"), computed={"appRoleAssignments": held})
        return compiled.apply(source, soft_deleted=False).values[parse_path("roles")].value

    assert roles(ROLES) == (
        '{"display":"Admin","primary":false,"type":"WindowsAzureActiveDirectoryRole",'
        '"value":"admin"}',
    )
    assert roles(None) is None


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (AttributeType.DATETIME, "2027-06-30T18:00:00Z", "tomorrow"),
        (AttributeType.BINARY, "aGVsbG8=", "not base64!"),
        (AttributeType.INTEGER, "42", "many"),
        (AttributeType.DECIMAL, "4.2", "4,2"),
        (AttributeType.BOOLEAN, "True", "yes"),
    ],
)
def test_value_must_be_of_the_type_that_the_profile_says(
    type_: AttributeType, good: str, bad: str
) -> None:
    path = "urn:example:User:own"
    own = ResourceType({**PEOPLE.attributes, path: Characteristics(type_)})
    rule = direct(path, "jobTitle")
    assert mapped_at(own, rule, USER_NAME, jobTitle=good).failure is None
    failure = mapped_at(own, rule, USER_NAME, jobTitle=bad).failure
    assert failure is not None
    assert failure.code == "mapping-type"
    assert bad not in failure.reason.text


def test_candidates_for_a_unique_value_go_with_the_first_of_them_for_creation() -> None:
    rule = expression("nickName", 'SelectUniqueValue([surname],Append([surname],"1"))')
    assert wanted(rule, surname="ek") == DesiredValue("ek", rule.at, Apply.ON_CREATE, ("ek", "ek1"))
    assert wanted(rule) is None
    assert wanted(replace(rule, default="x")) == DesiredValue("x", rule.at, Apply.ALWAYS)


def test_candidate_that_does_not_fit_the_attribute_fails_for_that_person() -> None:
    assert wanted(expression("active", 'SelectUniqueValue("True","perhaps")')) == "mapping-type"
