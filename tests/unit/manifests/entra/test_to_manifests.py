"""What becomes of each part of a schema, of the secrets and of the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.check import check
from reconciler.manifests.entra.to_manifests import target_name
from reconciler.model.diagnostic import has_errors
from reconciler.model.scoping import ENTRA_OPERATORS, Operator
from reconciler.model.target import Ability, Removal, Scope
from tests.unit.manifests.entra.builders_entra import (
    ENTERPRISE,
    USER_NAME,
    a_schema,
    a_scope,
    a_source,
    an_attribute,
    an_object_mapping,
    codes,
    entries,
    imported,
    written,
)

GROUPS = {
    "sourceObjectName": "Group",
    "targetObjectName": "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
    "flowTypes": "Add,Update",
    "attributeMappings": [
        an_attribute("displayName", "[displayName]", matchingPriority=1),
        an_attribute("members", "[members]"),
    ],
}

ENTRIES = {
    "an attribute": (
        an_attribute("title", "[jobTitle]"),
        ["- {target: title, source: jobTitle}"],
    ),
    "an attribute without brackets": (
        an_attribute("title", {"type": "Attribute", "name": "jobTitle", "expression": "jobTitle"}),
        ["- {target: title, source: jobTitle}"],
    ),
    "a constant": (
        an_attribute("title", {"type": "constant", "name": "staff", "expression": '"staff"'}),
        ["- {target: title, constant: staff}"],
    ),
    "a constant for a boolean": (
        an_attribute('emails[type eq "work"].primary', '"True"'),
        ["- {target: 'emails[type eq \"work\"].primary', constant: true}"],
    ),
    "a constant that YAML would take for something else": (
        an_attribute("title", '"null"'),
        ["- {target: title, constant: 'null'}"],
    ),
    "an expression, as it was written": (
        an_attribute("title", "Left( [jobTitle] ,3)"),
        ["- {target: title, expression: 'Left( [jobTitle] ,3)'}"],
    ),
    "an expression of several lines": (
        an_attribute("title", 'Join(" ",\n  [givenName],\n  [surname])'),
        ["- target: title", "expression: |-", 'Join(" ",', "[givenName],", "[surname])"],
    ),
    "written at creation": (
        an_attribute("title", "[jobTitle]", flowType="objectaddonly"),
        ["- {target: title, source: jobTitle, apply: onCreate}"],
    ),
    "a default": (
        an_attribute("title", "[jobTitle]", defaultValue="n/a"),
        ["- {target: title, source: jobTitle, default: n/a, applyDefault: onCreate}"],
    ),
    "a default at creation": (
        an_attribute("title", "[jobTitle]", defaultValue="n/a", flowType="ObjectAddOnly"),
        ["- {target: title, source: jobTitle, apply: onCreate, default: n/a}"],
    ),
    "a default that a constant never needs": (
        an_attribute("title", '"staff"', defaultValue="n/a"),
        ["- {target: title, constant: staff}"],
    ),
    "no source": (
        an_attribute("title", None),
        [
            "# Entra leaves `title` alone, which is what leaving it out means:",
            "# {target: title, constant: ''}",
        ],
    ),
    "no source and a default": (
        an_attribute("title", None, defaultValue="staff"),
        ["- {target: title, default: staff}"],
    ),
    "no source and a default at creation": (
        an_attribute("title", None, defaultValue="staff", flowType="ObjectAddOnly"),
        ["- {target: title, apply: onCreate, default: staff}"],
    ),
    "no source and a boolean default": (
        an_attribute("active", None, defaultValue="True"),
        ["- {target: active, default: true}"],
    ),
    "the core schema's URN": (
        an_attribute("urn:ietf:params:scim:schemas:core:2.0:User:title", "[jobTitle]"),
        ["- {target: title, source: jobTitle}"],
    ),
    "an unknown function": (
        an_attribute("title", "Fr([jobTitle])"),
        [
            "# `title` needs Fr, which is not supported: whoever needs it is not decided, and "
            "keeps what is there; say",
            "# the same with functions that are",
            "- {target: title, expression: 'Fr([jobTitle])', unsupported: [Fr]}",
        ],
    ),
    "a name that is spelt otherwise here": (
        an_attribute('phoneNumbers[type eq "mobile"].value', "[mobile]"),
        [
            "- {target: 'phoneNumbers[type eq \"mobile\"].value', source: mobilePhone}",
        ],
    ),
    "a name in an expression that is spelt otherwise here": (
        an_attribute("title", "Append([physicalDeliveryOfficeName], [mobile])"),
        ["- {target: title, expression: 'Append([officeLocation], [mobilePhone])'}"],
    ),
    "a text that looks like a name": (
        an_attribute("title", 'Append([jobTitle], "[mobile]")'),
        ["- {target: title, expression: 'Append([jobTitle], \"[mobile]\")'}"],
    ),
    "the id": (
        an_attribute("id", "[objectId]"),
        [
            "# Not carried over, because it is read-only (RFC 7643):",
            "# {target: id, source: objectId}",
        ],
    ),
    "the manager": (
        an_attribute(f"{ENTERPRISE}:manager", "[manager]"),
        [
            f"- {{target: '{ENTERPRISE}:manager.value', source: manager}}",
        ],
    ),
    "members of a user": (
        an_attribute("members", "[members]"),
        [
            "# Not carried over, because it is not membership as a whole, from `members` to "
            "`members` of groups:",
            "# {target: members, source: members}",
        ],
    ),
    "no path": (
        an_attribute("emails[work]", "[mail]"),
        [
            "# Not carried over, because it is not an attribute path of SCIM:",
            "# {target: 'emails[work]', source: mail}",
        ],
    ),
    "values that are only added": (
        an_attribute("nickName", "[mailNickname]", flowType="MultiValueAddOnly"),
        ["- {target: nickName, source: mailNickname, apply: addOnly}"],
    ),
    "a value that is only added": (
        an_attribute("nickName", "[mailNickname]", flowType="ValueAddOnly"),
        ["- {target: nickName, source: mailNickname, apply: addOnly}"],
    ),
    "a value for an empty attribute": (
        an_attribute("nickName", "[mailNickname]", flowType="attributeaddonly", defaultValue="x"),
        ["- {target: nickName, source: mailNickname, apply: ifEmpty, default: x}"],
    ),
    "text and tree that differ": (
        an_attribute("title", a_source("[jobTitle]", type="Attribute", name="department")),
        [
            "# text and parameter tree mean different things in the schema; this is the text",
            "- {target: title, source: jobTitle}",
        ],
    ),
    "a tree alone": (
        an_attribute(
            "title",
            {
                "type": "Function",
                "name": "ToUpper",
                "parameters": [{"key": "source", "value": {"type": "Attribute", "name": "mail"}}],
            },
        ),
        ["- {target: title, expression: 'ToUpper([mail])'}"],
    ),
}


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_an_attribute_is_written_as_a_person_would(name: str) -> None:
    attribute, expected = ENTRIES[name]
    result = imported(a_schema(an_object_mapping(attribute)))
    assert entries(result) == expected
    # What a comment says that is not about how a thing is spelt was said aloud as well.
    quiet = {"a default", "no source", "a tree alone"}
    spoken = any(line.startswith("#") for line in expected) and name not in quiet
    assert (codes(result) != []) == spoken


def test_what_was_rebuilt_stands_at_the_head() -> None:
    tree = ENTRIES["a tree alone"][0]
    (text,) = (
        t for f, t in imported(a_schema(an_object_mapping(tree))).files.items() if "map" in f
    )
    assert text.startswith("# Rebuilt from parameters, because the schema has no text: `title`.\n")


def test_matching_precedences_are_numbered_from_one(tmp_path: Path) -> None:
    attributes = [
        an_attribute("userName", "[userPrincipalName]", matchingPriority=7),
        an_attribute("externalId", "[objectId]", matchingPriority=2),
        an_attribute("title", "[jobTitle]", matchingPriority=0),
        an_attribute("nickName", "[mailNickname]", matchingPriority=7),
    ]
    result = imported(a_schema(an_object_mapping(attributeMappings=attributes)))
    mapping = written(result.files, tmp_path).declared.mappings["demo-users"]
    assert [(str(r.target), r.match) for r in mapping.rules] == [
        ("userName", 2), ("externalId", 1), ("title", None), ("nickName", 3),
    ]  # fmt: skip


def test_a_mapping_that_finds_nobody_is_told() -> None:
    result = imported(a_schema(an_object_mapping(attributeMappings=[])))
    assert codes(result) == ["mapping-without-match"]


FLOWS = {
    "Add, Update, Delete": {Ability.CREATE, Ability.UPDATE, Ability.DEACTIVATE, Ability.DELETE},
    " delete,UPDATE": {Ability.UPDATE, Ability.DEACTIVATE, Ability.DELETE},
    "Add": {Ability.CREATE},
    "None": set(),
}


@pytest.mark.parametrize("flow_types", sorted(FLOWS))
def test_flow_types_are_actions(flow_types: str, tmp_path: Path) -> None:
    result = imported(a_schema(an_object_mapping(flowTypes=flow_types)))
    target = written(result.files, tmp_path).declared.targets["demo"]
    assert target.users.abilities == FLOWS[flow_types]


def test_an_imported_target_does_nothing_yet(tmp_path: Path) -> None:
    result = imported(a_schema(an_object_mapping(), GROUPS), name="crm")
    loaded = written(result.files, tmp_path)
    assert loaded.diagnostics == ()
    target = loaded.declared.targets["crm"]
    assert (target.enabled, target.base_url, target.scope, target.profile) == (
        False, "https://tenant-url.invalid/crm", Scope.ASSIGNED, "rfc7644",
    )  # fmt: skip
    assert target.users.filter is None
    assert target.groups.mapping == "crm-groups"
    assert not has_errors(check(loaded.declared))
    assert sorted(result.files) == ["mappings/crm.yaml", "targets/crm.yaml"]


SECRETS = [
    {"key": "BaseAddress", "value": "https://scim1.private.zscaler.com/scim/1/7/v2/?aadOptscim062020"},
    {"key": "SecretToken", "value": "canary-1"},
    {"key": "SyncAll", "value": "True"},
    {"key": "SkipOutOfScopeDeletions", "value": "1"},
    {"key": "SyncNotificationSettings",
     "value": '{"Recipients":"canary-2","DeleteThresholdEnabled":true,"DeleteThresholdValue":500}'},
]  # fmt: skip


def test_secrets_fill_in_what_the_schema_lacks_and_stay_secret(tmp_path: Path) -> None:
    job = {"templateId": "scim", "schedule": {"interval": "PT40M", "state": "Paused"}}
    result = imported(a_schema(an_object_mapping(), GROUPS), secrets=SECRETS, job=job)
    target = written(result.files, tmp_path).declared.targets["demo"]
    assert (target.base_url, target.scope, target.profile, target.enabled) == (
        "https://scim1.private.zscaler.com/scim/1/7/v2", Scope.ALL, "zpa", False,
    )  # fmt: skip
    for handling in (target.users, target.groups):
        assert handling.deprovision.out_of_scope is Removal.KEEP
        assert handling.deprovision.unassigned is Removal.KEEP
    assert target.users.deprovision.disabled is Removal.DEACTIVATE
    everything = "".join(result.files.values()) + "".join(d.message for d in result.found)
    assert "canary" not in everything
    assert "Stops at 500 deletions: write guardrails" in everything
    assert "The job is Paused, every PT40M" in everything


@pytest.mark.parametrize("url", ["http://scim.example", "********", "https://a:b@scim.example"])
def test_a_tenant_url_that_no_token_may_be_sent_to_is_left_out(url: str) -> None:
    secrets = [{"key": "BaseAddress", "value": url}]
    result = imported(a_schema(an_object_mapping()), secrets=secrets)
    assert codes(result) == ["not-carried-over"]
    text = result.files["targets/demo.yaml"]
    assert "baseUrl: https://tenant-url.invalid/demo" in text
    assert url not in text


@pytest.mark.parametrize("operator", sorted(ENTRA_OPERATORS))
def test_every_operator_is_found_in_whatever_case(operator: Operator, tmp_path: Path) -> None:
    values = [] if operator.value.startswith("IS") else ["x"]
    spelt = operator.value.swapcase().replace(" ", "_")
    scope = a_scope(("country", spelt, values))
    result = imported(a_schema(an_object_mapping(scope=scope)))
    loaded = written(result.files, tmp_path)
    (clause,) = loaded.declared.filters["demo-users"].any_of[0].clauses
    assert (clause.operator, clause.value) == (operator, values[0] if values else None)
    assert loaded.declared.targets["demo"].users.filter == "demo-users"


def test_an_unknown_operator_is_kept_and_named_with_its_line(tmp_path: Path) -> None:
    scope = a_scope(("country", "SOUNDS LIKE", ["PT"]))
    result = imported(a_schema(an_object_mapping(scope=scope)))
    assert codes(result) == ["unsupported-operator"]
    loaded = written(result.files, tmp_path)
    assert loaded.diagnostics == ()
    (clause,) = loaded.declared.filters["demo-users"].any_of[0].clauses
    assert (clause.unsupported, str(clause.at)) == ("SOUNDS LIKE", "scoping/demo.yaml:10:11")
    (warned,) = check(loaded.declared)
    assert (warned.code, warned.at) == ("unsupported-operator", clause.at)


def test_an_unknown_attribute_in_a_filter_is_kept_and_told() -> None:
    scope = a_scope(("IsMemberOf", "EQUALS", ["x"]), name=" ")
    result = imported(a_schema(an_object_mapping(scope=scope)))
    assert codes(result) == ["unknown-attribute"]
    text = result.files["scoping/demo.yaml"]
    assert "- name: filter 1\n" in text
    assert "- {attribute: IsMemberOf, operator: EQUALS, value: x}" in text


@pytest.mark.parametrize("scope", [None, {"groups": []}, {"groups": None}])
def test_no_scope_is_no_filter(scope: object) -> None:
    result = imported(a_schema(an_object_mapping(scope=scope)))
    assert "scoping/demo.yaml" not in result.files
    assert "filter:" not in result.files["targets/demo.yaml"]


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        (a_scope(), "empty-filter"),
        (a_scope(("country", "EQUALS", ["PT", "DE"])), "clause-value"),
    ],
)
def test_a_filter_of_unknown_meaning_is_refused(scope: object, code: str) -> None:
    result = imported(a_schema(an_object_mapping(scope=scope)))
    assert codes(result) == [code]
    assert has_errors(result.found)
    assert result.files == {}


def test_lists_that_narrow_the_scope_are_not_lost_in_silence() -> None:
    scope = {"inputFilterGroups": a_scope(("userType", "EQUALS", ["Guest"]))["groups"]}
    result = imported(a_schema(an_object_mapping(scope=scope)))
    assert codes(result) == ["not-carried-over"]
    comment = " ".join(result.files["targets/demo.yaml"].replace("    # ", "").split())
    assert "more users may pass the filter here: some: userType EQUALS Guest." in comment


def test_groups_that_are_off_are_not_treated(tmp_path: Path) -> None:
    off = {**GROUPS, "enabled": False, "scope": a_scope()}
    result = imported(a_schema(an_object_mapping(), off))
    assert codes(result) == ["not-carried-over"]
    target = written(result.files, tmp_path).declared.targets["demo"]
    assert target.groups.mapping is None
    assert "# Groups are switched off in Entra" in result.files["targets/demo.yaml"]


def test_users_that_are_off_or_missing_are_looked_up(tmp_path: Path) -> None:
    off = an_object_mapping(an_attribute("title", "Fr([jobTitle])"), enabled=False)
    for number, mappings in enumerate([(off, GROUPS), (GROUPS,)]):
        result = imported(a_schema(*mappings))
        loaded = written(result.files, tmp_path / str(number))
        assert not has_errors((*loaded.diagnostics, *check(loaded.declared)))
        target = loaded.declared.targets["demo"]
        assert target.users.abilities == frozenset()
        mapping = loaded.declared.mappings["demo-users"]
        assert [str(rule.target) for rule in mapping.rules] == ["userName"]


def test_members_that_are_only_added_are_told_where_that_is_said() -> None:
    members = an_attribute("members", "[members]", flowType="MultiValueAddOnly")
    name = GROUPS["attributeMappings"][0]
    result = imported(a_schema({**GROUPS, "attributeMappings": [name, members]}))
    assert codes(result) == ["carried-over-differently"]
    assert "write `membership: additive`" in result.files["mappings/demo.yaml"]


def test_of_two_mappings_of_users_the_enabled_one_is_taken() -> None:
    off = an_object_mapping(an_attribute("title", "[jobTitle]"), enabled=False, name="old")
    result = imported(a_schema(off, an_object_mapping(name="new")))
    assert codes(result) == ["not-carried-over"]
    assert 'object mapping "old" maps users as well' in result.found[0].message
    assert "jobTitle" not in result.files["mappings/demo.yaml"]


@pytest.mark.parametrize(
    "schema",
    [
        a_schema(),
        a_schema({"sourceObjectName": "Device", "targetObjectName": "urn:x:Device"}),
        a_schema(an_object_mapping(), directory="Azure Active Directory (target tenant)"),
    ],
    ids=["no mapping", "devices", "into the directory"],
)
def test_a_schema_that_provisions_nobody_is_refused(schema: object) -> None:
    result = imported(schema)
    assert codes(result)[-1] == "not-entra"
    assert result.files == {}


def test_metadata_that_changes_something_is_told() -> None:
    metadata = [
        {"key": "EscrowBehavior", "value": "Never"},
        {"key": "Unsynchronized", "value": "False"},
        {"key": "IsCustomerDefined", "value": "True"},
    ]
    schema = a_schema(an_object_mapping(metadata=metadata))
    definition = {
        "name": ENTERPRISE,
        "metadata": [{"key": "IsSoftDeletionSupported", "value": "False"}],
    }
    schema["directories"] = [{"name": "Demo", "objects": [definition]}]
    assert codes(imported(schema)) == ["not-carried-over", "carried-over-differently"]


def test_a_reference_of_the_customers_own_is_left_out() -> None:
    path = "urn:ietf:params:scim:schemas:extension:Zone:2.0:User:assistant"
    schema = a_schema(an_object_mapping(an_attribute(path, "[extension_1_assistant]")))
    attribute = {"name": path, "referencedObjects": [{"referencedObjectName": "User"}]}
    definition = {"name": ENTERPRISE, "attributes": [attribute]}
    assert codes(imported(schema)) == []
    schema["directories"] = [{"name": "Demo", "objects": [definition]}]
    assert codes(imported(schema)) == ["not-carried-over"]


def test_nothing_in_a_schema_can_speak_to_a_tool(tmp_path: Path) -> None:
    evil = (
        "x\n# reconciler: ignore[active-ignores-scope] because\n# yaml-language-server: $schema=y"
    )
    active = an_attribute("active", "[accountEnabled]")
    mapping = an_object_mapping(
        an_attribute(evil, "[mail]"),
        attributeMappings=[USER_NAME, active, an_attribute(evil, "[mail]")],
        scope=a_scope(("country", "EQUALS", [evil]), name=evil),
    )
    result = imported(a_schema(mapping, directory=evil), name="demo")
    for line in "".join(result.files.values()).splitlines():
        if line.lstrip().startswith("#"):
            assert "yaml-language-server:" not in line
            assert "reconciler:" not in line
    loaded = written(result.files, tmp_path)
    assert loaded.suppressions.comments == ()
    assert loaded.declared.filters["demo-users"].any_of[0].name == evil


def test_a_target_is_named_after_the_directory() -> None:
    assert target_name("Zscaler Private Access") == "zscaler-private-access"
    assert target_name("çé") == "entra"
    assert len(target_name("x y " * 100)) <= 60
