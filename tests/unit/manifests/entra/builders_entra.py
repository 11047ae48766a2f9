"""Schemas as Graph gives them, and what becomes of them when they are written and loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from reconciler.manifests.entra.read import read_job, read_schema, read_secrets
from reconciler.manifests.entra.shapes import NO_JOB, NO_SECRETS, Job, Secrets
from reconciler.manifests.entra.to_manifests import Imported, to_manifests
from reconciler.manifests.load import Loaded, load
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Position

CASES = Path(__file__).parents[3] / "cases" / "entra"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

T = TypeVar("T")


def a_source(expression: str | None, **more: Any) -> dict[str, Any]:
    """A source with a text."""
    return {"type": "Function", "name": "", "expression": expression, "parameters": [], **more}


def an_attribute(target: str, source: Any, **more: Any) -> dict[str, Any]:
    """An attribute mapping; `source` is the text of an expression, a whole source, or None."""
    written = a_source(source) if isinstance(source, str) else source
    return {"targetAttributeName": target, "source": written, "flowType": "Always", **more}


USER_NAME = an_attribute("userName", "[userPrincipalName]", matchingPriority=1)
ACTIVE = an_attribute("active", "Not([IsSoftDeleted])")


def an_object_mapping(*attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Users, with a user name and `active` before the given attributes."""
    return {
        "name": "Users",
        "enabled": True,
        "flowTypes": "Add, Update",
        "sourceObjectName": "User",
        "targetObjectName": ENTERPRISE,
        "scope": None,
        "attributeMappings": [USER_NAME, ACTIVE, *attributes],
        **more,
    }


def a_schema(*mappings: dict[str, Any], directory: str = "Demo") -> dict[str, Any]:
    """A schema with one rule."""
    rule = {
        "sourceDirectoryName": "Azure Active Directory",
        "targetDirectoryName": directory,
        "objectMappings": list(mappings),
    }
    return {"directories": [], "synchronizationRules": [rule]}


def a_scope(*clauses: tuple[str, str, list[str]], name: str = "some") -> dict[str, Any]:
    """A filter with one group of (attribute, operator, values)."""
    return {
        "groups": [
            {
                "name": name,
                "clauses": [
                    {"sourceOperandName": a, "operatorName": o, "targetOperand": {"values": v}}
                    for a, o, v in clauses
                ],
            }
        ]
    }


def imported(
    schema: object, *, secrets: object = None, job: object = None, name: str | None = None
) -> Imported:
    """What becomes of it; every reader must be content."""
    value, found = read_schema(json.dumps(schema).encode(), "s.json")
    assert value is not None, found
    known_secrets: Secrets | None = NO_SECRETS
    known_job: Job | None = NO_JOB
    if secrets is not None:
        known_secrets, found = read_secrets(json.dumps(secrets).encode(), "secrets.json")
    if job is not None:
        known_job, found = read_job(json.dumps(job).encode(), "job.json")
    assert known_secrets is not None, found
    assert known_job is not None, found
    return to_manifests(value, origin="s.json", name=name, secrets=known_secrets, job=known_job)


def written(files: Mapping[str, str], root: Path) -> Loaded:
    """The manifests on disk, loaded."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load(root)


def entries(result: Imported) -> list[str]:
    """The lines of every mapping's `attributes`, comments and all, after the first two."""
    (text,) = (text for name, text in result.files.items() if name.startswith("mappings/"))
    return [line.strip() for line in text.split("  attributes:\n")[1].splitlines()][2:]


def codes(result: Imported) -> list[str]:
    """The codes of the findings, in their order."""
    return [d.code for d in result.found]


def without_places(value: T) -> T:
    """The same value with every position the same, so that layout does not count."""
    return _moved(value)  # type: ignore[no-any-return]  # the shape is kept, node by node


def _moved(value: Any) -> Any:
    if isinstance(value, Position):
        return Position("", 1)
    if isinstance(value, tuple):
        return tuple(_moved(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _moved(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _moved(getattr(value, f.name)) for f in fields(value) if f.init}
        return replace(value, **changed)
    return value


def said(declared: Declared) -> Declared:
    """What manifests say, wherever it stands."""
    return replace(
        declared,
        targets=without_places(declared.targets),
        filters=without_places(declared.filters),
        mappings=without_places(declared.mappings),
    )
