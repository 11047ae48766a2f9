"""Manifests and policies as one checked tree, or every finding at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.failures import InvalidTreeError
from reconciler.desired.check import check
from reconciler.manifests.load import load
from reconciler.manifests.policies import load_policies
from reconciler.manifests.references import check_protections
from reconciler.manifests.suppress import suppress
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, has_errors, ordered
from reconciler.model.policy import Policies


@dataclass(frozen=True, slots=True)
class Tree:
    """What Git says. A plan is judged by every one of `policies`."""

    declared: Declared
    policies: tuple[Policies, ...]
    found: tuple[Diagnostic, ...]
    files: int
    documents: int


def read_tree(manifests: Path, policies: Sequence[Path]) -> Tree:
    """Everything that is wrong with a tree is in `found`; nothing is raised for it."""
    loaded = load(manifests, _prefix(manifests))
    found = list(suppress((*loaded.diagnostics, *check(loaded.declared)), loaded.suppressions))
    judged = []
    for directory in policies:
        rules = load_policies(directory, _prefix(directory))
        protections = check_protections(rules.policies, loaded.declared)
        found += suppress((*rules.diagnostics, *protections), rules.suppressions)
        judged.append(rules.policies)
    return Tree(loaded.declared, tuple(judged), ordered(found), loaded.files, loaded.documents)


def _prefix(directory: Path) -> str:
    """What turns a file's name in the tree into a path that people can open from where they are."""
    return "" if directory == Path() else f"{directory.as_posix().rstrip('/')}/"


def load_tree(manifests: Path, policies: Sequence[Path]) -> Tree:
    """A tree without errors.

    Raises:
        InvalidTreeError: there are some; it carries all findings.
    """
    tree = read_tree(manifests, policies)
    if has_errors(tree.found):
        raise InvalidTreeError(tree.found)
    return tree
