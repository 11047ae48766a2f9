"""What a schema says of attributes becomes a Profile, as far as it says more than SCIM does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.check import check
from reconciler.manifests.entra.to_schema import to_schema
from reconciler.model.attributes import AttributeType, Characteristics, Mutability
from reconciler.model.identity import Kind
from reconciler.model.mapping import Direct
from reconciler.model.path import parse_path
from tests.unit.manifests.entra.builders_entra import (
    ENTERPRISE,
    a_schema,
    an_attribute,
    an_object_mapping,
    imported,
    written,
)

OWN = "urn:ietf:params:scim:schemas:extension:Zone:2.0:User"


def schema(target: str, source: str = "[jobTitle]", **definition: Any) -> dict[str, Any]:
    """A schema that maps one attribute, and defines it at the target."""
    made = a_schema(an_object_mapping(an_attribute(target, source)))
    objects = [{"name": ENTERPRISE, "attributes": [{"name": target, **definition}]}]
    made["directories"] = [{"name": "Demo", "objects": objects}]
    return made


@pytest.mark.parametrize(
    ("target", "definition", "line"),
    [
        (f"{OWN}:level", {"type": "Integer"}, f"{OWN}:level: {{type: integer}}"),
        (f"{OWN}:since", {"type": "datetime"}, f"{OWN}:since: {{type: dateTime}}"),
        (f"{OWN}:tags", {"multivalued": True}, f"{OWN}:tags: {{multiValued: true}}"),
        (
            f"{OWN}:badge",
            {"type": "String", "required": True, "caseExact": True, "mutability": "Immutable"},
            f"{OWN}:badge: {{required: true, caseExact: true, mutability: immutable}}",
        ),
        ("title", {"required": True, "type": "Integer"}, "title: {required: true}"),
        (f"{ENTERPRISE}:department", {"caseExact": True}, f"{ENTERPRISE}:department: "),
    ],
)
def test_what_is_stricter_or_of_ones_own_stands_in_a_profile(
    target: str, definition: dict[str, Any], line: str
) -> None:
    files = imported(schema(target, **definition)).files
    assert line in files["profiles/demo.yaml"]
    assert "  profile: demo  #" in files["targets/demo.yaml"]


@pytest.mark.parametrize(
    ("target", "definition"),
    [
        ("title", {"type": "String", "mutability": "ReadWrite"}),
        ("externalId", {"caseExact": False}),  # Entra says so of everything
        (f"{OWN}:badge", {"type": "String"}),
        (f"{OWN}:odd", {"type": "Frob", "mutability": "Frob"}),
        ('emails[type eq "work"].value', {"required": True}),
    ],
)
def test_what_says_nothing_new_makes_no_profile(target: str, definition: dict[str, Any]) -> None:
    files = imported(schema(target, **definition)).files
    assert "profiles/demo.yaml" not in files
    assert "  profile: rfc7644  #" in files["targets/demo.yaml"]


def test_profile_is_used_and_goes_back(tmp_path: Path) -> None:
    there = schema(f"{OWN}:badge", required=True, caseExact=True, mutability="Immutable")
    loaded = written(imported(there).files, tmp_path)
    assert loaded.diagnostics == ()
    users = loaded.declared.profiles["demo"].of(Kind.USER)
    assert users.characteristics(parse_path(f"{OWN}:badge")) == Characteristics(
        required=True, case_exact=True, mutability=Mutability.IMMUTABLE
    )
    back: Any = to_schema(loaded.declared, loaded.declared.targets["demo"]).schema
    (defined,) = (
        a for a in back["directories"][1]["objects"][0]["attributes"] if a["name"] == f"{OWN}:badge"
    )
    assert (defined["required"], defined["caseExact"]) == (True, True)
    assert defined["mutability"] == "Immutable"


def test_reference_of_ones_own_names_another_user(tmp_path: Path) -> None:
    sponsor = f"{OWN}:sponsor"
    there = schema(
        sponsor, "[manager]", type="Reference", referencedObjects=[{"referencedObjectName": "User"}]
    )
    loaded = written(imported(there).files, tmp_path)
    rule = loaded.declared.mappings["demo-users"].rules[-1]
    assert (rule.target.text, rule.source) == (sponsor, Direct("manager"))
    known = loaded.declared.profiles["demo"].of(Kind.USER).characteristics(rule.target)
    assert known.type is AttributeType.REFERENCE
    assert [d.code for d in check(loaded.declared) if d.at == rule.at] == []
