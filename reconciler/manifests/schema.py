"""JSON Schemas of the manifests, made from the models that check them: for editors.

Draft 7, which the YAML language servers of editors read. They check shapes and offer words; whether
a name exists is for `reconciler validate` to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast

from reconciler.manifests.kinds import MANIFEST_KINDS, POLICY_KINDS
from reconciler.manifests.kinds.manifest import API_VERSION, EXTENSIONS, Manifest, Reader

#: A JSON Schema, or a part of one.
Schema = dict[str, object]

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_NEEDS_VERSION: Final = {"required": ["apiVersion"]}


def json_schemas() -> dict[str, Schema]:
    """Every schema by its name: `manifest` and `policy` for a whole directory, one for each kind.

    The names of kinds are in lower case with hyphens: `attribute-mapping`.
    """
    schemas = {
        "manifest": _any_of("A manifest in manifests/", MANIFEST_KINDS),
        "policy": _any_of("A manifest in policies/", POLICY_KINDS),
    }
    for kind, reader in sorted({**MANIFEST_KINDS, **POLICY_KINDS}.items()):
        name, definitions = _definitions(reader.model)
        schemas[_file_name(kind)] = {
            "$schema": _DRAFT,
            "title": kind,
            **_with_version(name),
            "definitions": definitions,
        }
    return schemas


def _file_name(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()


def _any_of(title: str, kinds: Mapping[str, Reader[object]]) -> Schema:
    definitions: Schema = {}
    names = []
    for reader in kinds.values():
        name, needed = _definitions(reader.model)
        definitions |= needed
        names.append(name)
    definitions["List"] = {
        "type": "object",
        "description": "Many manifests in one document; `apiVersion` may be left out in each.",
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": "List"},
            "items": {"type": "array", "items": {"oneOf": [_reference(name) for name in names]}},
        },
        "required": ["apiVersion", "kind", "items"],
        "additionalProperties": False,
    }
    return {
        "$schema": _DRAFT,
        "title": title,
        "oneOf": [*(_with_version(name) for name in names), _reference("List")],
        "definitions": dict(sorted(definitions.items())),
    }


def _reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _with_version(name: str) -> Schema:
    return {"allOf": [_reference(name), _NEEDS_VERSION]}


def _definitions(model: type[Manifest]) -> tuple[str, Schema]:
    """The model's name, and the definitions of it and everything in it."""
    whole = model.model_json_schema(ref_template="#/definitions/{model}")
    definitions = whole.pop("$defs")
    definitions[model.__name__] = whole
    return model.__name__, {name: _tidied(each) for name, each in definitions.items()}


def _tidied(part: object) -> object:
    """Without what only a program would say: titles made from names, and defaults of null."""
    if isinstance(part, list):
        return [_tidied(item) for item in part]
    if not isinstance(part, dict):
        return part
    tidied = {
        key: _tidied(value)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and not value)
    }
    if "$ref" in tidied and len(tidied) > 1:
        # Draft 7 ignores what stands beside a reference.
        tidied = {"allOf": [{"$ref": tidied.pop("$ref")}], **tidied}
    properties = tidied.get("properties")
    if isinstance(properties, dict) and EXTENSIONS in properties:
        extensions = cast("Schema", properties.pop(EXTENSIONS))
        pattern = {"^extension_[A-Za-z0-9_]+$": extensions["additionalProperties"]}
        tidied["patternProperties"] = pattern
    return tidied
