"""Manifests and policies as one checked tree, or every finding at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.failures import InvalidTreeError
from reconciler.cli.paths import TreePaths
from reconciler.desired.check import check
from reconciler.desired.expectations import failures
from reconciler.desired.population_checks import surprises
from reconciler.manifests.collector import collector_paused
from reconciler.manifests.load import load
from reconciler.manifests.policies import load_policies
from reconciler.manifests.references import check_protections
from reconciler.manifests.sources.find import Given
from reconciler.manifests.suppress import suppress
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, has_errors, ordered
from reconciler.model.policy import Policies
from reconciler.model.show import plain


@dataclass(frozen=True, slots=True)
class Tree:
    """What Git says. A plan is judged by every one of `policies`."""

    declared: Declared
    policies: tuple[Policies, ...]
    found: tuple[Diagnostic, ...]
    files: int
    documents: int


def read_tree(paths: TreePaths, *, as_of: datetime) -> Tree:
    """Everything that is wrong with a tree is in `found`; nothing is raised for it.

    What does not hold of its expectations at `as_of`, and what surprises about the people who are
    declared, are among it, unless the manifests are wrong already: then nothing could be said of
    what they come to.
    """
    return _read(
        paths,
        lambda declared: (*surprises(declared, as_of=as_of), *failures(declared, as_of=as_of)),
    )


_Asks = Callable[[Declared], Iterable[Diagnostic]]


def _read(paths: TreePaths, asks: _Asks) -> Tree:
    loaded = load(paths.manifests, prefix_of(paths.manifests), paths.sources)
    _refuse_surplus(paths.sources, loaded.declared)
    diagnostics = [*loaded.diagnostics, *check(loaded.declared)]
    if not has_errors(diagnostics):
        with collector_paused():
            diagnostics += asks(loaded.declared)
    found = list(suppress(diagnostics, loaded.suppressions))
    judged = []
    for directory in paths.policies:
        rules = load_policies(directory, prefix_of(directory))
        # Where no manifest was read, that is what is wrong, and not each name of a Protection.
        protections = check_protections(rules.policies, loaded.declared) if loaded.documents else ()
        found += suppress((*rules.diagnostics, *protections), rules.suppressions)
        judged.append(rules.policies)
    return Tree(loaded.declared, tuple(judged), ordered(found), loaded.files, loaded.documents)


def _refuse_surplus(sources: Given, declared: Declared) -> None:
    for name in sources:
        feed = declared.feeds.get(name)
        if feed is None:
            choices = ", ".join(declared.feeds) or "none"
            message = f"no Source is called {name!r}; the tree has: {choices}"
            raise click.BadParameter(message, param_hint="--source")
        if feed.source.file is not None:
            message = f"Source {name} has its table in the tree: {plain(feed.source.file)}"
            raise click.BadParameter(message, param_hint="--source")


def prefix_of(directory: Path) -> str:
    """What turns a file's name in the tree into a path that people can open from where they are."""
    return "" if directory == Path() else f"{directory.as_posix().rstrip('/')}/"


def load_tree(paths: TreePaths, *, as_of: datetime) -> Tree:
    """A tree without errors, in which every expectation holds at `as_of`.

    Raises:
        InvalidTreeError: there are some, or one does not; it carries all findings.
    """
    return _without_errors(read_tree(paths, as_of=as_of))


def load_to_read(paths: TreePaths) -> Tree:
    """A tree without errors, of which nothing is expected: whoever asks why may ask of any.

    Raises:
        InvalidTreeError: there are some; it carries all findings.
    """
    return _without_errors(_read(paths, lambda _: ()))


def _without_errors(tree: Tree) -> Tree:
    if has_errors(tree.found):
        raise InvalidTreeError(tree.found)
    return tree
