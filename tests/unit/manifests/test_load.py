"""A directory becomes one value, whatever its files are called and in whatever order they come."""

from __future__ import annotations

import dataclasses
import gc
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests.files import TreeLimits, read_tree
from reconciler.manifests.load import load
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Position
from reconciler.model.identity import UserKey
from reconciler.model.profile import BUILT_IN
from tests.unit.manifests.builders_manifests import (
    a_document,
    a_tree,
    a_user_document,
    loaded,
    shown,
)

GROUP = a_document("Group", "ops", "{displayName: Ops, members: [e1]}")


def test_files_in_any_depth_with_either_ending_are_read(tmp_path: Path) -> None:
    a_tree(tmp_path, a=a_user_document("e1"), people__deep__b=a_user_document("e2"))
    (tmp_path / "c.YML").write_text(a_user_document("e3"))
    (tmp_path / "README.md").write_text("no: [manifest")
    (tmp_path / "d.yaml.orig").write_text("no: [manifest")
    result = load(tmp_path)
    assert (list(result.declared.users), result.diagnostics) == (["e1", "e2", "e3"], ())
    assert (result.files, result.documents) == (3, 3)
    assert result.declared.users[UserKey("e2")].at == Position("people/deep/b.yaml", 3, 12)


def test_profiles_that_come_with_the_product_are_declared(tmp_path: Path) -> None:
    assert loaded(tmp_path, a=a_user_document()).declared.profiles == BUILT_IN


def test_documents_of_a_list_are_counted_one_by_one(tmp_path: Path) -> None:
    users = [
        f"  - kind: User\n    metadata: {{name: e{n}}}\n    spec: {{userPrincipalName: u{n}}}\n"
        for n in range(3)
    ]
    result = loaded(tmp_path, a="apiVersion: reconciler/v1\nkind: List\nitems:\n" + "".join(users))
    assert (result.diagnostics, result.documents) == ((), 3)
    assert result.declared.users[UserKey("e2")].at == Position("a.yaml", 11, 16)


def test_missing_root_is_a_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "nothing", tmp_path / "file"):
        result = load(root)
        assert [d.code for d in result.diagnostics] == ["missing-root"]
        assert (result.declared, result.files) == (Declared(profiles=BUILT_IN), 0)


def test_root_without_manifests_is_a_diagnostic(tmp_path: Path) -> None:
    assert [d.code for d in load(tmp_path).diagnostics] == ["empty-root"]
    assert [d.code for d in loaded(tmp_path, a="# later\n").diagnostics] == ["empty-root"]


def test_link_that_leaves_the_tree_is_refused(tmp_path: Path) -> None:
    outside = a_tree(tmp_path / "outside", secret=a_user_document("e2"))
    root = a_tree(tmp_path / "root", a=a_user_document("e1"))
    (root / "file.yaml").symlink_to(outside / "secret.yaml")
    (root / "directory").symlink_to(outside)
    (root / "relative.yaml").symlink_to("../outside/secret.yaml")
    (root / "no-yaml").symlink_to(outside / "secret.yaml")  # nobody would read it
    result = load(root)
    assert list(result.declared.users) == ["e1"]
    assert shown(result.diagnostics) == [
        "directory:1:1 symlink-outside",
        "file.yaml:1:1 symlink-outside",
        "relative.yaml:1:1 symlink-outside",
    ]


def test_link_inside_the_tree_is_read_once(tmp_path: Path) -> None:
    root = a_tree(tmp_path, data__a=a_user_document("e1"))
    (root / "b.yaml").symlink_to("data/a.yaml")
    (root / "again").symlink_to("data")
    (root / "text.txt").write_text(a_user_document("e2"))
    (root / "c.yaml").symlink_to("text.txt")
    (root / "d.yaml").symlink_to("data")
    result = load(root)
    assert (list(result.declared.users), result.diagnostics, result.files) == (["e1", "e2"], (), 2)


def test_link_that_leads_nowhere_is_unreadable(tmp_path: Path) -> None:
    root = a_tree(tmp_path, a=a_user_document())
    (root / "b.yaml").symlink_to("gone.yaml")
    assert shown(load(root).diagnostics) == ["b.yaml:1:1 unreadable-file"]


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    root = a_tree(tmp_path, a=a_user_document())
    os.mkfifo(root / "pipe.yaml")
    assert shown(load(root).diagnostics) == ["pipe.yaml:1:1 unreadable-file"]


@pytest.mark.parametrize("name", ["b\x1b[2J.yaml", "::error::b.yaml", "##[b].yaml", "b\udc80.yaml"])
def test_name_that_could_act_where_it_is_shown_is_refused(tmp_path: Path, name: str) -> None:
    root = a_tree(tmp_path, a=a_user_document())
    (root / name).write_text(a_user_document("e2"))
    loaded = load(root)
    assert [(found.code, found.at) for found in loaded.diagnostics] == [("file-name", None)]
    assert name not in loaded.diagnostics[0].message
    assert (list(loaded.declared.users), loaded.files) == (["e1"], 1)


def test_paths_too_long_for_the_system_are_unreadable(tmp_path: Path) -> None:
    # As good as a missing permission, and true for every user that may run the tests.
    root = a_tree(tmp_path, a=a_user_document())
    here = os.open(root, os.O_RDONLY)
    path = str(root)
    try:
        while len(path) < 4300:
            if len(path) > 3850:
                name = "f" * 240 + ".yaml"
                os.close(os.open(name, os.O_CREAT, dir_fd=here))
            os.mkdir("d" * 240, dir_fd=here)
            above, here = here, os.open("d" * 240, os.O_RDONLY, dir_fd=here)
            os.close(above)
            path += "/" + "d" * 240
    finally:
        os.close(here)
    found = load(root).diagnostics
    assert {each.code for each in found} == {"unreadable-file"}
    assert {each.message for each in found} == {
        "cannot be read: File name too long",
        "cannot be listed: File name too long",
    }
    (too_long,) = load(Path(path)).diagnostics
    assert too_long.code == "missing-root"


def test_number_and_size_of_files_are_bounded(tmp_path: Path) -> None:
    root = a_tree(tmp_path, a="1234", b="5678")
    whole = read_tree(root, TreeLimits(files=2, bytes=8))
    assert ([file.name for file in whole.files], whole.found) == (["a.yaml", "b.yaml"], ())
    many = read_tree(root, TreeLimits(files=1))
    assert (many.files, [d.code for d in many.found]) == ((), ["too-many-files"])
    large = read_tree(root, TreeLimits(bytes=7))
    assert ([file.name for file in large.files], shown(large.found)) == (
        ["a.yaml"],
        ["b.yaml:1:1 tree-too-large"],
    )


def test_digest_changes_with_names_and_contents_alone(tmp_path: Path) -> None:
    one = loaded(tmp_path / "1", a=a_user_document()).digest
    assert loaded(tmp_path / "2", a=a_user_document()).digest == one
    others = {
        loaded(tmp_path / "3", b=a_user_document()).digest,
        loaded(tmp_path / "4", a=a_user_document() + "#").digest,
        loaded(tmp_path / "5", a=a_user_document(), b="").digest,
        loaded(tmp_path / "6", a="").digest,
    }
    assert len(others | {one}) == 5


def test_collector_is_on_again_after_loading(tmp_path: Path) -> None:
    root = a_tree(tmp_path, a=a_user_document())
    assert gc.isenabled()
    load(root)
    assert gc.isenabled()
    gc.disable()
    try:
        load(root)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_broken_is_not_also_missing(tmp_path: Path) -> None:
    broken = a_document("User", "e1", "{userPrincipalName: a, departement: b}")
    result = loaded(tmp_path, a=broken, b=GROUP)
    assert shown(result.diagnostics) == ["a.yaml:4:30 unknown-field"]


def test_unreadable_file_is_named_where_something_is_missing(tmp_path: Path) -> None:
    (found,) = (
        d for d in loaded(tmp_path, a="a: [", b=GROUP).diagnostics if d.at and d.at.file == "b.yaml"
    )
    assert found.hint == (
        "declare the User, or remove the name; it may stand in a.yaml, "
        "which could not be read whole"
    )


def test_of_two_with_one_name_the_first_counts(tmp_path: Path) -> None:
    second = a_document("User", "e1", "{userPrincipalName: other@zone.example}")
    result = loaded(tmp_path, b=second, a=a_user_document("e1"))
    assert result.declared.users[UserKey("e1")].attributes["userPrincipalName"] == "e1@zone.example"
    (found,) = result.diagnostics
    assert found.at == Position("b.yaml", 3, 12)
    assert found.message == "User e1 is declared twice, first in a.yaml:3:12"


DOCUMENTS = [
    a_user_document("e1", "  manager: e2\n  until: 2027-06-30\n"),
    a_user_document("e2", "  proxyAddresses: [b, a]\n  extension_x: true\n"),
    a_user_document("e3"),
    a_document(
        "Group",
        "ops",
        "{displayName: Ops, members: [e2, {group: leads}, {user: e3, until: 2026-12-31}, e1]}",
    ),
    a_document("Group", "leads", "{displayName: Leads, memberRule: 'true', formerly: [Heads]}"),
    a_document(
        "Target",
        "sandbox",
        "{profile: rfc7644, baseUrl: 'embedded:sandbox', "
        "users: {ownership: exclusive, mapping: people, filter: all}}",
    ),
    a_document(
        "AttributeMapping",
        "people",
        "{for: users, attributes: [{target: userName, source: userPrincipalName, match: 1}]}",
    ),
    a_document("ScopingFilter", "all", "{for: users, anyOf: [{name: everybody, when: 'true'}]}"),
    a_document("Assignment", "access", "{target: sandbox, users: [e3, e1], groups: [ops]}"),
    a_document("Hold", "inc-1", "{user: e3, ticket: INC-1, until: 2026-12-31}"),
]
_PLACES = frozenset({"at", "places", "member_rule_at", "when_at"})


def without_places(value: object) -> object:
    """The value as plain data in its order, files and lines left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.name not in _PLACES]
        return [
            type(value).__name__,
            *([name, without_places(getattr(value, name))] for name in fields),
        ]
    if isinstance(value, Mapping):
        # The numbers behind members are lines.
        return [
            [key, None if type(held) is int else without_places(held)]
            for key, held in value.items()
        ]
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return [without_places(item) for item in value] if isinstance(value, tuple) else value


def spread(documents: list[str], files: list[int]) -> Declared:
    with tempfile.TemporaryDirectory() as directory:
        texts: dict[str, str] = {}
        for document, file in zip(documents, files, strict=True):
            texts[f"f{file}"] = texts.get(f"f{file}", "") + document
        result = loaded(Path(directory), **texts)
        assert result.diagnostics == ()
        return result.declared


@given(
    documents=st.permutations(DOCUMENTS),
    files=st.lists(st.integers(0, 3), min_size=len(DOCUMENTS), max_size=len(DOCUMENTS)),
)
@settings(deadline=None, max_examples=50)
def test_order_of_documents_and_files_leaves_no_trace(
    documents: list[str], files: list[int]
) -> None:
    in_order = spread(DOCUMENTS, [0] * len(DOCUMENTS))
    assert without_places(spread(documents, files)) == without_places(in_order)
