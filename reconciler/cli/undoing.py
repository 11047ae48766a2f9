"""Which apply is to be undone: its run in the ledger, and the plan that it carried out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from reconciler.cli.files import write_private
from reconciler.cli.ledgers import ledger_of
from reconciler.cli.saving import read_plan
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.errors import ConfigurationError
from reconciler.model.ledger_runs import LedgerRun, runs_of
from reconciler.model.show import show
from reconciler.model.undoing import Undoing
from reconciler.report.planfile import SavedPlan, encode

#: `--undo last`.
LAST: Final = "last"
_SHORTEST: Final = 4  # of the beginning of a run's id
_KEPT: Final = 20  # applied plans, before the oldest goes


@dataclass(frozen=True, slots=True)
class Undo:
    """`--undo RUN`, and `--applied FILE` where the plan is not in the state directory."""

    run: str
    applied: Path | None


def find_undoing(undo: Undo, target: str, world: World, state: StateDirectory) -> Undoing:
    """The run with that id at a target, and its plan.

    Raises:
        ConfigurationError: the plan that it carried out is not here.
        PlanFileError: the file is no plan, or was edited.
    """
    run = find_run(undo.run, target, world, state, option="--undo")
    return Undoing(run, plan_of(run, undo.applied, state).plan)


def plan_of(run: LedgerRun, applied: Path | None, state: StateDirectory) -> SavedPlan:
    """The plan that a run carried out: the file that is given, or what the state directory has.

    Raises:
        ConfigurationError: it is not there.
        PlanFileError: the file is no plan, or was edited.
    """
    digest = run.opened.plan
    path = applied or applied_path(state, digest)
    if applied is None and not path.exists():
        raise ConfigurationError(
            f"the plan that run {run.opened.run} carried out is not here; without it "
            "nobody knows what was there before",
            hint=f"name its file with --applied: the one with the digest {digest}",
        )
    saved = read_plan(path)
    if saved.digest != digest:
        raise click.BadParameter(
            f"that plan has the digest {saved.digest}; run {run.opened.run} carried out {digest}",
            param_hint="--applied",
        )
    return saved


def find_run(
    text: str, target: str, world: World, state: StateDirectory, *, option: str
) -> LedgerRun:
    """The run whose id begins so, or the last one; `option` is what people wrote it for."""
    runs = runs_of(ledger_of(target, world, state).records())
    if text == LAST and runs:
        return runs[-1]
    found = [run for run in runs if run.opened.run.startswith(text)]
    if len(text) >= _SHORTEST and len(found) == 1:
        return found[0]
    what = f"several runs begin with {show(text)}" if len(found) > 1 else f"no run is {show(text)}"
    raise click.BadParameter(
        f"{target}: {what}; `reconciler ledger show {target}` lists them", param_hint=option
    )


def applied_path(state: StateDirectory, digest: str) -> Path:
    """Where the state directory has a plan that was applied."""
    return state.applied() / f"{digest.removeprefix('sha256:')}.plan.json"


def keep_applied(saved: SavedPlan, state: StateDirectory) -> None:
    """Keep a plan that is about to be carried out, for undoing it; the oldest go."""
    path = applied_path(state, saved.digest)
    write_private(path, encode(saved))
    kept = sorted(path.parent.glob("*.plan.json"), key=lambda file: file.stat().st_mtime)
    for old in kept[:-_KEPT]:
        old.unlink(missing_ok=True)
