"""Graph's JSON: every shape in which it comes, and everything that is none of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests.entra.read import MAX_DEPTH, read_job, read_schema, read_secrets
from reconciler.manifests.entra.to_manifests import to_manifests
from reconciler.model.diagnostic import has_errors
from tests.unit.manifests.entra.builders_entra import a_schema, an_object_mapping

SCHEMA = a_schema(an_object_mapping())


@pytest.mark.parametrize(
    "wrapped",
    [SCHEMA, {"@odata.context": "x", **SCHEMA}, {"schema": SCHEMA}, [SCHEMA],
     {"synchronizationSchema": SCHEMA}],
    ids=["bare", "as Graph answers", "in a template", "in a list", "by its type"],
)  # fmt: skip
def test_a_schema_is_found_in_each_wrapper(wrapped: object) -> None:
    bare, _ = read_schema(json.dumps(SCHEMA).encode(), "s.json")
    assert read_schema(json.dumps(wrapped).encode(), "s.json") == (bare, ())


def test_a_byte_order_mark_is_no_fault() -> None:
    value, found = read_schema(b"\xef\xbb\xbf" + json.dumps(SCHEMA).encode(), "s.json")
    assert value is not None
    assert found == ()


BROKEN = {
    "nothing": (b"", "not-json"),
    "half": (b'{"synchronizationRules": [', "not-json"),
    "no number": (b'{"synchronizationRules": NaN}', "not-json"),
    "half a character": (b'{"synchronizationRules": [{"name": "\\ud800"}]}', "not-json"),
    "a number without end": (b"9" * 10_000, "not-json"),
    "not UTF-8": (b"\xff\xfe{}", "not-utf-8"),
    "too deep": (b"[" * 100_000, "too-deep"),
    "something else": (b'{"value": 1}', "not-entra"),
    "a text": (b'"synchronizationRules"', "not-entra"),
    "an empty list": (b"[]", "not-entra"),
    "no rules": (b'{"synchronizationRules": null}', "wrong-shape"),
    "rules that are none": (b'{"synchronizationRules": [1]}', "wrong-shape"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_what_is_no_schema_is_one_diagnostic(name: str) -> None:
    data, code = BROKEN[name]
    value, found = read_schema(data, "s.json")
    assert value is None
    assert [d.code for d in found] == [code]


def test_depth_is_counted_outside_of_texts() -> None:
    brackets = {**SCHEMA, "version": "[" * (MAX_DEPTH + 1) + '"'}
    value, found = read_schema(json.dumps(brackets).encode(), "s.json")
    assert value is not None
    assert found == ()


def test_broken_json_is_shown_with_line_and_column() -> None:
    _, (found,) = read_schema(b'{\n "a": }', "s.json")
    assert (str(found.at), found.code) == ("s.json:2:7", "not-json")


def test_a_wrong_shape_is_named_by_its_path_and_without_its_value() -> None:
    wrong = a_schema(an_object_mapping({"flowType": "canary"}, name={"secret": "canary"}))
    _, found = read_schema(json.dumps(wrong).encode(), "s.json")
    assert [d.message.partition(":")[0] for d in found] == [
        "s.json, synchronizationRules[0].objectMappings[0].name",
        "s.json, synchronizationRules[0].objectMappings[0].attributeMappings[2].flowType",
    ]
    assert "canary" not in "".join(d.message for d in found)


def test_words_come_in_any_case() -> None:
    loud = a_schema(
        an_object_mapping({"flowType": "OBJECTADDONLY", "flowBehavior": "flowalways",
                           "source": {"type": "attribute"}})
    )  # fmt: skip
    value, _ = read_schema(json.dumps(loud).encode(), "s.json")
    assert value is not None
    attribute = value.synchronization_rules[0].object_mappings[0].attribute_mappings[2]
    assert (attribute.flow_type, attribute.flow_behavior) == ("ObjectAddOnly", "FlowAlways")
    assert attribute.source is not None
    assert attribute.source.type == "Attribute"


def test_secrets_come_as_an_object_or_as_a_list() -> None:
    entries = [{"key": "baseaddress", "value": "https://x.example"}]
    for written in ({"value": entries}, entries):
        value, found = read_secrets(json.dumps(written).encode(), "secrets.json")
        assert value is not None, found
        assert value.get("BaseAddress") == "https://x.example"
        assert value.get("SyncAll") is None


def test_a_job_comes_alone_or_in_a_list_of_one() -> None:
    job = {"templateId": "scim", "schedule": {"state": "Active"}}
    alone = read_job(json.dumps(job).encode(), "job.json")
    assert alone == read_job(json.dumps({"value": [job]}).encode(), "job.json")
    assert alone[0] is not None
    assert read_job(json.dumps({"value": [job, job]}).encode(), "job.json")[0] is None


_NAMES = st.sampled_from(
    ["synchronizationRules", "objectMappings", "attributeMappings", "source", "parameters", "value",
     "key", "name", "type", "expression", "scope", "groups", "clauses", "targetOperand", "values",
     "directories", "objects", "attributes", "metadata", "targetAttributeName", "templateId",
     "targetDirectoryName", "sourceObjectName", "matchingPriority", "flowTypes"]
)  # fmt: skip
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["User", "Group", "Function", "userName", "[mail]", 'Join("-", [a])']),
)  # fmt: skip
_JSON: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=30,
)


@given(_JSON)
@settings(max_examples=150, deadline=None)
def test_no_json_raises(data: object) -> None:
    text = json.dumps(data).encode()
    for reader in (read_schema, read_secrets, read_job):
        value, found = reader(text, "s.json")
        assert (value is None) == has_errors(found)
    value, _ = read_schema(text, "s.json")
    if value is not None:
        to_manifests(value, origin="s.json")


@given(st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    value, found = read_schema(data, "s.json")
    assert (value is None) == has_errors(found)
