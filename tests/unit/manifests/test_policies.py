"""Policies: the defaults where nothing is written, and what is written laid over them."""

from __future__ import annotations

from pathlib import Path

from reconciler.manifests.policies import load_policies
from reconciler.manifests.references import check_protections
from reconciler.model.declared import Declared, User
from reconciler.model.diagnostic import Position, error
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.policy import DEFAULT_LIMITS, Guard, Limit, Policies, Protection
from tests.unit.manifests.builders_manifests import a_document, a_tree, shown


def test_missing_or_empty_directory_gives_the_defaults(tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "nothing"):
        loaded = load_policies(root)
        assert (loaded.policies, loaded.diagnostics) == (Policies(), ())


def test_file_in_place_of_the_directory_is_no_silent_default(tmp_path: Path) -> None:
    (tmp_path / "policies").write_text("")
    (tmp_path / "gone").symlink_to("nowhere")
    for root in (tmp_path / "policies", tmp_path / "gone"):
        assert [found.code for found in load_policies(root).diagnostics] == ["missing-root"]


def test_what_is_written_is_merged_into_the_default_limit(tmp_path: Path) -> None:
    spec = """\
  deactivations: {floor: 5}
  deletions: {share: 1.5%, cap: null}
  groupDeletions: {}
  memberRemovals: {cap: 100, share: "12 %"}
  creates: {floor: 0, share: 100%, cap: 0}
"""
    loaded = load_policies(a_tree(tmp_path, a=a_document("Guardrails", "limits", spec)))
    assert loaded.diagnostics == ()
    assert loaded.policies == Policies(
        limits={
            **DEFAULT_LIMITS,
            Guard.DEACTIVATIONS: Limit(5, 0.005, 25),
            Guard.DELETIONS: Limit(1, 0.015, None),
            Guard.MEMBER_REMOVALS: Limit(5, 0.12, 100),
            Guard.CREATES: Limit(0, 1.0, 0),
        }
    )


def test_every_guardrail_but_one_can_be_configured(tmp_path: Path) -> None:
    guards = [guard for guard in Guard if guard is not Guard.NOTHING_DESIRED]
    spec = "".join(f"  {guard}: {{floor: 7, cap: null}}\n" for guard in guards)
    limits = load_policies(a_tree(tmp_path, a=a_document("Guardrails", "g", spec))).policies.limits
    assert {guard for guard, limit in limits.items() if limit.floor == 7} == set(guards)


def test_of_two_guardrails_the_first_counts_and_the_second_is_an_error(tmp_path: Path) -> None:
    first = a_document("Guardrails", "z", "{creates: {floor: 1}}")
    second = a_document("Guardrails", "a", "{creates: {floor: 2}}")
    loaded = load_policies(a_tree(tmp_path, a=first, b=second))
    assert loaded.policies.limits[Guard.CREATES].floor == 1
    assert shown(loaded.diagnostics) == ["b.yaml:3:12 duplicate-guardrails"]


def test_protections_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    loaded = load_policies(
        a_tree(
            tmp_path,
            a=a_document("Protection", "z", "{users: [e2, e1], because: board}"),
            b=a_document("Protection", "a", "{groups: [ops], because: break glass}"),
        )
    )
    e1, e2 = UserKey("e1"), UserKey("e2")
    assert loaded.policies.protections == (
        Protection("a", frozenset(), frozenset({GroupKey("ops")}), Position("b.yaml", 3, 12)),
        Protection("z", frozenset({e1, e2}), frozenset(), Position("a.yaml", 3, 12)),
    )
    users = {e1: User(e1, {}, Position("a.yaml", 1))}
    assert check_protections(loaded.policies, Declared(users=users)) == (
        error(
            "missing-group",
            "Protection a: there is no Group ops",
            Position("b.yaml", 3, 12),
            hint="declare the Group, or remove the name",
        ),
        error(
            "missing-user",
            "Protection z: there is no User e2",
            Position("a.yaml", 3, 12),
            hint="declare the User, or remove the name",
        ),
    )


def test_digest_and_comments_are_those_of_the_directory(tmp_path: Path) -> None:
    text = a_document("Protection", "a", "{users: [e1], because: board}")
    one = load_policies(a_tree(tmp_path, a=text))
    other = load_policies(a_tree(tmp_path, a=text + "# reconciler: ignore[x] y\n"))
    assert one.digest != other.digest
    assert (len(one.suppressions.comments), len(other.suppressions.comments)) == (0, 1)
