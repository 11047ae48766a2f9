"""Mappings that include others: order, overriding, and whose line an entry keeps."""

from __future__ import annotations

from pathlib import Path

from reconciler.desired.check import check
from tests.unit.manifests.builders_manifests import loaded, shown

HEAD = """\
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {{name: {}}}
spec:
  for: users
"""


def a_mapping(name: str, *entries: str, include: str = "") -> str:
    text = HEAD.format(name) + (f"  include: [{include}]\n" if include else "")
    if entries:
        text += "  attributes:\n" + "".join(f"    - {{{entry}}}\n" for entry in entries)
    return text


NAME = "target: userName, source: userPrincipalName, match: 1"
TITLE = "target: title, source: jobTitle"


def entries(root: Path, name: str, **files: str) -> list[tuple[str, str, str]]:
    """Each entry of a mapping: its target, the place where it is written, and in which mapping."""
    found = loaded(root, **files)
    assert shown(found.diagnostics) == []
    return [
        (rule.target.text, f"{rule.at.file}:{rule.at.line}", rule.within)
        for rule in found.declared.mappings[name].rules
    ]


def test_included_entries_come_first_and_own_ones_replace_them_in_their_place(
    tmp_path: Path,
) -> None:
    assert entries(
        tmp_path,
        "people",
        a=a_mapping("basics", NAME, "target: nickName, source: mailNickname"),
        b=a_mapping("titles", TITLE, "target: nickName, constant: x", include="basics"),
        c=a_mapping(
            "people",
            "target: locale, source: country",
            "target: title, constant: staff",
            include="titles",
        ),
    ) == [
        ("userName", "a.yaml:7", "basics"),
        ("nickName", "b.yaml:9", "titles"),
        ("title", "c.yaml:9", ""),
        ("locale", "c.yaml:8", ""),
    ]


def test_later_include_counts_and_one_that_stands_twice_is_one(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        "people",
        a=a_mapping("one", NAME, TITLE),
        b=a_mapping("two", "target: title, constant: two"),
        c=a_mapping("people", include="one, two, one"),
    )
    assert found == [("userName", "a.yaml:7", "one"), ("title", "b.yaml:7", "two")]


def test_fragment_needs_no_match_and_is_blamed_once_where_it_is_written(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        a=a_mapping("bits", "target: title, expression: 'Left('", "target: id, source: objectId"),
        b=a_mapping("people", NAME, include="bits"),
        c=a_mapping("others", NAME, include="bits"),
    )
    assert found.declared.mappings["bits"].fragment
    assert not found.declared.mappings["people"].fragment
    assert shown(found.diagnostics) == ["a.yaml:8:7 read-only-attribute"]
    (blamed,) = check(found.declared)
    assert (blamed.code, f"{blamed.at}") == ("bad-expression", "a.yaml:7:7")
    assert blamed.message.startswith("AttributeMapping bits: ")


def test_mapping_that_a_target_uses_is_no_fragment(tmp_path: Path) -> None:
    target = (
        "apiVersion: reconciler/v1\nkind: Target\nmetadata: {name: box}\n"
        "spec: {profile: rfc7644, baseUrl: 'embedded:box', users: {mapping: basics}}\n"
    )
    found = loaded(
        tmp_path,
        a=a_mapping("basics", TITLE),
        b=a_mapping("people", NAME, include="basics"),
        t=target,
    )
    assert not found.declared.mappings["basics"].fragment
    assert "a.yaml:6:3 mapping-without-match" in shown(found.diagnostics)


def test_broken_fragment_makes_nobody_else_wrong(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        a=a_mapping("basics", "target: userName, source: userPrincipalName, match: first"),
        b=a_mapping("people", include="basics"),
    )
    assert [d.code for d in found.diagnostics] == ["invalid-number"]
