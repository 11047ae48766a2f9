"""Which ledger a target has: a file of the state directory, or a Git ref for runs in CI.

`--ledger` or `RECONCILER_LEDGER`: `git:refs/reconciler/ledger` is a ref of the repository around
the working directory, `git:refs/reconciler/ledger@origin` the same ref at a remote of it,
`dir:PATH` another directory. Nothing at all is the state directory's own.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import Final, assert_never

import click

from reconciler.apply.git import Repository
from reconciler.apply.git_ledger import GitLedger, target_of_ref
from reconciler.apply.ledger import DirectoryLedger
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.errors import ConfigurationError, LedgerError
from reconciler.model.show import show

SETTING: Final = "RECONCILER_LEDGER"
_REF: Final = re.compile(
    r"git:(?P<ref>refs(?:/[A-Za-z0-9_-][A-Za-z0-9_-]*)+)(?:@(?P<remote>[A-Za-z0-9_][\w.-]*))?"
)
_ANY: Final = "any"  # a name to find the place of all ledgers by
_OTHERS: Final = ("refs/heads/", "refs/tags/", "refs/remotes/", "refs/pull/")


def ledger_of(target: str, world: World, state: StateDirectory) -> DirectoryLedger | GitLedger:
    """The ledger of one target.

    Raises:
        ConfigurationError: what is set is no place of a ledger.
    """
    text = state.ledger or world.env.get(SETTING) or ""
    if not text:
        return DirectoryLedger(state.ledgers(), target)
    if text.startswith("dir:") and len(text) > len("dir:"):
        return DirectoryLedger(Path(text.removeprefix("dir:")), target)
    match = _REF.fullmatch(text)
    if match is None or f"{match['ref']}/".startswith(_OTHERS):
        raise ConfigurationError(
            f"{show(text)} is no place of a ledger",
            hint="expected git:refs/reconciler/ledger, git:refs/reconciler/ledger@origin or "
            "dir:PATH; branches and tags belong to people",
        )
    repository = Repository(world.directory, world.env, match["remote"])
    return GitLedger(repository, match["ref"], target, holder_of(world), world.now)


def named(target: str) -> str:
    """The name of a target that somebody wrote, whether or not a manifest declares it.

    Raises:
        BadParameter: it is none.
    """
    if not target or target.startswith(".") or Path(target).name != target:
        raise click.BadParameter(f"{target!r} is no name of a target", param_hint="TARGET")
    return target


def targets_with_ledger(world: World, state: StateDirectory) -> list[str]:
    """The targets of which there are ledgers, sorted.

    None where that cannot be found out: whoever reads a ledger of one then hears why.
    """
    match ledger_of(_ANY, world, state):
        case DirectoryLedger(directory=directory):
            return sorted(path.stem for path in directory.glob("*.jsonl"))
        case GitLedger(repository=repository, prefix=prefix):
            try:
                return sorted(map(target_of_ref, repository.refs(prefix)))
            except LedgerError:
                return []
        case unknown:
            assert_never(unknown)


def holder_of(world: World) -> str:
    """What others are told of this run while it holds the lease: where to look for it."""
    env = world.env
    if run := env.get("GITHUB_RUN_ID"):
        return f"{env.get('GITHUB_SERVER_URL')}/{env.get('GITHUB_REPOSITORY')}/actions/runs/{run}"
    return env.get("CI_JOB_URL") or f"process {os.getpid()} on {socket.gethostname()}"
