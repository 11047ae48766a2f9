"""Schemas for editors say the same as the models, as far as a schema can."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it brings no types
import pytest
from ruamel.yaml import YAML

from reconciler.manifests.kinds import MANIFEST_KINDS, POLICY_KINDS
from reconciler.manifests.schema import json_schemas

ROOT = Path(__file__).parents[3]
SCHEMAS = json_schemas()


def documents(text: str) -> list[Any]:
    """As an editor reads them: with YAML 1.2's types, dates apart, which JSON has not."""
    yaml = YAML(typ="safe", pure=True)
    dates = re.compile(r"(?<=: )(\d{4}-\d\d-\d\d)(?=\s|,|})")
    return [each for each in yaml.load_all(dates.sub(r'"\1"', text)) if each is not None]


def faults(name: str, document: object) -> list[str]:
    validator = jsonschema.Draft7Validator(SCHEMAS[name])
    return [fault.message for fault in validator.iter_errors(document)]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schema_is_valid_draft_7(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_there_is_one_for_each_kind_and_each_directory() -> None:
    kinds = [
        re.sub("(?<!^)([A-Z])", r"-\1", kind).lower() for kind in (*MANIFEST_KINDS, *POLICY_KINDS)
    ]
    assert sorted(SCHEMAS) == sorted(["manifest", "policy", *kinds])


def test_examples_of_the_documentation_are_accepted() -> None:
    readme = (ROOT / "manifests" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    manifests = [block for block in blocks if not block.startswith("quirks:")]  # a fault script
    examples = [each for block in manifests for each in documents(block)]
    assert {str(each["kind"]) for each in examples} == {*MANIFEST_KINDS, "List"}
    for example in examples:
        assert faults("manifest", example) == []


USER = {"apiVersion": "reconciler/v1", "kind": "User", "metadata": {"name": "e1"}}
SPEC = {"userPrincipalName": "a"}


@pytest.mark.parametrize(
    "document",
    [
        {**USER, "spec": {**SPEC, "departement": "x"}},
        {**USER, "spec": None},
        {**USER, "spec": {**SPEC, "accountEnabled": "yes"}},
        {**USER, "spec": {**SPEC, "until": "soon"}},
        {**USER, "spec": {**SPEC, "objectId": None}},
        {**USER, "spec": {**SPEC, "extension_*": {}}},
        {**USER, "spec": {**SPEC, "extension_x": {"a": 1}}},
        {**USER, "metadata": {"name": "Ada Lovelace"}, "spec": SPEC},
        {"kind": "User", "metadata": {"name": "e1"}, "spec": SPEC},
        {**USER, "kind": "Usr", "spec": SPEC},
        {"apiVersion": "reconciler/v1", "kind": "List", "items": [{**USER, "spec": None}]},
    ],
)
def test_what_is_wrong_is_seen_while_typing(document: object) -> None:
    assert faults("manifest", document) != []


@pytest.mark.parametrize(
    "spec",
    [
        {"employeeId": 7, "country": False, "mail": None, "proxyAddresses": []},
        {"extension_x": True, "extension_y": ["a"], "extension_z": None},
        {"until": "2027-06-30T18:00:00+01:00", "manager": None},
    ],
)
def test_what_is_text_here_and_a_number_to_an_editor_is_accepted(spec: dict[str, object]) -> None:
    user = {**USER, "spec": {**SPEC, **spec}}
    without_version = {name: value for name, value in user.items() if name != "apiVersion"}
    assert faults("user", user) == faults("manifest", user) == []
    whole = {"apiVersion": "reconciler/v1", "kind": "List", "items": [without_version, user]}
    assert faults("manifest", whole) == []


@pytest.mark.parametrize(
    ("entry", "accepted"),
    [
        ({"user": "e1", "memberOf": ["ops"], "through": "group:leads"}, True),
        ({"group": "ops", "members": {"atLeast": 2}}, True),
        ({"memberOf": "ops"}, False),
        ({"user": "e1", "group": "ops"}, False),
        ({"user": "e1", "memberOf": "ops", "through": "rules"}, False),
        ({"group": "ops", "members": {"atLest": 2}}, False),
    ],
)
def test_entry_of_an_expectation_is_about_one(entry: dict[str, object], accepted: bool) -> None:
    spec = {"because": "it must", "expect": [entry]}
    expectation = {**USER, "kind": "Expectation", "spec": spec}
    assert (faults("expectation", expectation) == []) is accepted


def test_fields_are_described() -> None:
    target = str(SCHEMAS["target"])
    assert "token and allowed hosts are bound to it outside the manifests" in target
    assert "nothingDesired" not in str(SCHEMAS["guardrails"])
