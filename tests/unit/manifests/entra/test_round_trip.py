"""Import, export, import: the same manifests. Export, import: the same rules."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.check import check
from reconciler.manifests.entra.to_schema import Exported, to_schema
from reconciler.manifests.load import Loaded, load
from reconciler.model.diagnostic import Position, has_errors
from reconciler.model.identity import Kind
from reconciler.model.mapping import Apply, Constant, DefaultWhen, Direct, Expression, MappingRule
from reconciler.model.path import parse_path
from reconciler.model.scoping import Clause, FilterGroup, Operator, ScopingFilter
from reconciler.model.target import Ability
from tests.unit.manifests.entra.builders_entra import (
    CASES,
    a_schema,
    a_scope,
    an_attribute,
    an_object_mapping,
    codes,
    imported,
    said,
    without_places,
    written,
)

ROOT = Path(__file__).parents[4]
AT = Position("m.yaml", 7, 5)
FILES = sorted(path.stem for path in CASES.glob("*.json"))
#: Has an expression that is none, which Entra cannot be told again; see its own test.
UNKNOWN = "roles_and_unknown"


def a_case(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


def exported(loaded: Loaded) -> Exported:
    (target,) = loaded.declared.targets.values()
    return to_schema(loaded.declared, target)


@pytest.mark.parametrize("name", [name for name in FILES if name != UNKNOWN])
def test_import_export_import_is_the_same(name: str, tmp_path: Path) -> None:
    first = written(imported(a_case(name)).files, tmp_path / "first")
    assert not has_errors(first.diagnostics)
    there = exported(first)
    assert not has_errors(there.found)
    again = written(imported(there.schema).files, tmp_path / "again")
    assert said(again.declared) == said(first.declared)
    assert exported(again).schema == there.schema


def test_what_nobody_knows_is_named_with_its_line_and_stops_nothing_else(tmp_path: Path) -> None:
    files = imported(a_case(UNKNOWN), name="odd").files
    loaded = written(files, tmp_path)
    assert loaded.diagnostics == ()
    assert loaded.suppressions.comments == ()
    warned = {d.code: d.at for d in check(loaded.declared) if d.at is not None}
    for code, word in (
        ("unsupported-operator", "SOUNDS LIKE"),
        ("unsupported-function", "Frobnicate"),
        ("bad-expression", "IIF"),
    ):
        place = warned[code]
        assert word in files[place.file].splitlines()[place.line - 1]


@pytest.mark.parametrize("target", ["zpa-prod", "zpa-shared", "sandbox"])
def test_the_sample_organisation_keeps_its_rules(target: str, tmp_path: Path) -> None:
    declared = load(ROOT / "manifests").declared
    chosen = declared.targets[target]
    there = to_schema(declared, chosen)
    assert {d.code for d in there.found} <= {"not-in-entra", "carried-over-differently"}

    # The filter is another matter: Entra has no CEL.
    schema: Any = there.schema
    for mapping in schema["synchronizationRules"][0]["objectMappings"]:
        mapping["scope"] = None
    loaded = written(imported(schema, name=target).files, tmp_path)

    for kind in Kind:
        mine = declared.mappings[chosen.handling(kind).mapping or ""]
        theirs = loaded.declared.mappings[f"{target}-{kind}s"]
        assert without_places(theirs.rules) == without_places(
            tuple(map(as_entra_has_it, mine.rules))
        )
        assert loaded.declared.targets[target].handling(kind).manage is chosen.handling(kind).manage


def as_entra_has_it(rule: MappingRule) -> MappingRule:
    """A rule of its own, whose default is only given at creation; the export warns of that."""
    once = rule.default is not None and rule.apply is Apply.ALWAYS
    own = replace(rule, within="")
    return replace(own, default_when=DefaultWhen.ON_CREATE) if once else own


def loaded_zpa(tmp_path: Path) -> Loaded:
    return written(imported(a_case("zpa_gallery"), name="zpa").files, tmp_path)


def with_rule(loaded: Loaded, rule: MappingRule) -> Exported:
    mapping = loaded.declared.mappings["zpa-users"]
    changed = {**loaded.declared.mappings, "zpa-users": replace(mapping, rules=(rule,))}
    declared = replace(loaded.declared, mappings=changed)
    return to_schema(declared, declared.targets["zpa"])


TITLE = parse_path("title")
REFUSED = {
    "clearing": MappingRule(TITLE, Constant(None), AT),
    "an expression that is none": MappingRule(TITLE, Expression("Left([a]"), AT),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_entra_cannot_be_told_is_an_error_at_its_line(name: str, tmp_path: Path) -> None:
    (found,) = with_rule(loaded_zpa(tmp_path), REFUSED[name]).found
    assert (found.code, found.at) == ("not-in-entra", AT)
    assert has_errors([found])


def test_a_default_means_less_in_entra(tmp_path: Path) -> None:
    always = MappingRule(TITLE, Direct("jobTitle"), AT, default="n/a")
    (found,) = with_rule(loaded_zpa(tmp_path), always).found
    assert (found.code, found.at) == ("carried-over-differently", AT)
    assert not has_errors([found])
    once = replace(always, apply=Apply.ON_CREATE)
    assert with_rule(loaded_zpa(tmp_path), once).found == ()


def test_filters_that_entra_does_not_have_are_errors_at_their_lines(tmp_path: Path) -> None:
    loaded = loaded_zpa(tmp_path)
    clauses = tuple(
        Clause(name, Operator.IS_NULL, None, AT)
        for name in ("country", "userType", "manager", "proxyAddresses")
    )
    groups = (FilterGroup("a", clauses, None, AT), FilterGroup("b", (), "user.country == 'PT'", AT))
    filter_ = ScopingFilter("zpa-users", Kind.USER, groups, AT)
    declared = replace(loaded.declared, filters={"zpa-users": filter_})
    found = to_schema(declared, declared.targets["zpa"]).found
    assert [d.message for d in found] == [
        "Entra cannot filter on `userType`",
        "Entra cannot filter on `manager`",
        "Entra cannot filter on `proxyAddresses`",
        'filter "b": a condition (`when`) cannot be told to Entra',
    ]
    assert {(d.code, d.at) for d in found} == {("not-in-entra", AT)}


def test_what_clauses_say_beyond_entra_is_an_error_at_their_lines(tmp_path: Path) -> None:
    loaded = loaded_zpa(tmp_path)
    country = Clause("country", Operator.NOT_EQUALS, "PT", AT)
    clauses = (
        replace(country, negated=True),
        replace(country, null_is_match=True),
        Clause("employeeId", Operator.HAS_BITS, "2", AT),
        Clause("manager.country", Operator.EQUALS, "PT", AT),
        Clause("employeeHireDate", Operator.IS_NULL, None, AT),
        country,
    )
    groups = (FilterGroup("a", clauses, None, AT), FilterGroup("b", (country,), None, AT, True))
    filter_ = ScopingFilter("zpa-users", Kind.USER, groups, AT)
    declared = replace(loaded.declared, filters={"zpa-users": filter_})
    found = to_schema(declared, declared.targets["zpa"]).found
    lacks = "Entra has no `not`, `nullIsMatch` and HAS BITS"
    assert [d.message for d in found] == [
        f'{lacks}: `not (country NOT EQUALS "PT")`',
        f'{lacks}: `country NOT EQUALS "PT" or no value`',
        f'{lacks}: `employeeId HAS BITS "2"`',
        "Entra cannot filter on `manager.country`",
        "Entra cannot filter on `employeeHireDate`",
        'filter "b": Entra cannot turn a filter round (`not`)',
    ]
    assert {(d.code, d.at) for d in found} == {("not-in-entra", AT)}


def test_updating_without_switching_off_is_no_choice_in_entra(tmp_path: Path) -> None:
    loaded = loaded_zpa(tmp_path)
    target = loaded.declared.targets["zpa"]
    abilities = frozenset({Ability.CREATE, Ability.UPDATE})
    users = replace(target.users, abilities=abilities)
    (found,) = to_schema(loaded.declared, replace(target, users=users)).found
    assert (found.code, found.at) == ("not-in-entra", target.users.at)


@pytest.mark.parametrize("flow_types", ["Add", "Update", "Add, Delete", ""])
def test_actions_survive_the_round_trip(flow_types: str, tmp_path: Path) -> None:
    schema = a_schema(an_object_mapping(flowTypes=flow_types))
    there: Any = exported(written(imported(schema).files, tmp_path)).schema
    (mapping,) = there["synchronizationRules"][0]["objectMappings"]
    assert mapping["flowTypes"] == flow_types


def test_an_exported_schema_has_text_and_tree(tmp_path: Path) -> None:
    schema: Any = exported(loaded_zpa(tmp_path)).schema
    (rule,) = schema["synchronizationRules"]
    users, groups = rule["objectMappings"]
    assert (users["flowTypes"], groups["flowTypes"]) == ("Add, Update, Delete",) * 2
    active = next(a for a in users["attributeMappings"] if a["targetAttributeName"] == "active")
    assert active["source"]["expression"].startswith("Switch([IsSoftDeleted], ,")
    assert [p["key"] for p in active["source"]["parameters"]] == [
        "source", "defaultValue", *["switchValue"] * 4,
    ]  # fmt: skip
    assert active["source"]["parameters"][1]["value"] is None
    assert users["scope"]["groups"][0]["clauses"][0] == {
        "sourceOperandName": "employeeId",
        "operatorName": "IS NOT NULL",
        "targetOperand": {"values": []},
    }
    source, target = schema["directories"]
    assert [o["name"] for o in source["objects"]] == ["User", "Group"]
    members = target["objects"][1]["attributes"][-1]
    assert (members["name"], members["type"], members["multivalued"]) == (
        "members",
        "Reference",
        True,
    )


def test_a_text_that_was_edited_without_its_tree_is_noticed(tmp_path: Path) -> None:
    schema: Any = exported(loaded_zpa(tmp_path)).schema
    users = schema["synchronizationRules"][0]["objectMappings"][0]
    active = next(a for a in users["attributeMappings"] if a["targetAttributeName"] == "active")
    assert codes(imported(schema)) == []
    active["source"]["expression"] = "Not([IsSoftDeleted])"
    assert codes(imported(schema)) == ["carried-over-differently"]


def test_names_that_differ_are_ours_here_and_entras_there(tmp_path: Path) -> None:
    scope = a_scope(("physicalDeliveryOfficeName", "IS NOT NULL", []))
    phone = an_attribute('phoneNumbers[type eq "mobile"].value', "[mobile]")
    loaded = written(imported(a_schema(an_object_mapping(phone, scope=scope))).files, tmp_path)
    assert loaded.diagnostics == ()
    assert loaded.declared.mappings["demo-users"].rules[-1].source == Direct("mobilePhone")
    (group,) = loaded.declared.filters["demo-users"].any_of
    assert group.clauses[0].attribute == "officeLocation"
    there: Any = exported(loaded).schema
    (mapping,) = there["synchronizationRules"][0]["objectMappings"]
    assert mapping["attributeMappings"][-1]["source"]["expression"] == "[mobile]"
    (clause,) = mapping["scope"]["groups"][0]["clauses"]
    assert clause["sourceOperandName"] == "physicalDeliveryOfficeName"
