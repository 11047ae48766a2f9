"""`reconciler ledger release`: the lease that a run which is gone has left behind."""

from __future__ import annotations

import click

from reconciler.apply.git_ledger import GitLedger
from reconciler.cli.completing import complete_targets
from reconciler.cli.ledgers import ledger_of, named
from reconciler.cli.options import BY, STATE
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.model.exit import ExitCode
from reconciler.model.show import plain


@click.command("release")
@click.argument("target", shell_complete=complete_targets)
@click.option("--because", required=True, help="Why; it stands in the history of the ref.")
@click.option(
    "--dead",
    is_flag=True,
    help="That run has ended for certain (its job, its process is gone): free at once.",
)
@BY
@STATE
@click.pass_obj
def release(
    world: World, target: str, because: str, dead: bool, by: str, state: StateDirectory
) -> ExitCode:
    """Take the ledger of TARGET, in a Git ref, from a run that was killed.

    Its lease would end by itself some minutes after the last renewal. A run that still lives finds,
    when it next tries to renew, that it may not go on, and stops; until then nobody else may begin,
    unless --dead says that there is nobody. In a directory a ledger is free when its process ends.
    """
    ledger = ledger_of(named(target), world, state)
    if not isinstance(ledger, GitLedger):
        if ledger.path.exists():
            with ledger.lease():  # says who holds it, if anybody does
                pass
        world.tell([_nobody(target)])
        return ExitCode.OK
    taken = ledger.release(f"{by}: {because}", dead=dead)
    if taken is None:
        world.tell([_nobody(target)])
        return ExitCode.OK
    whom = f"{plain(taken.holder)} (since {taken.since:%Y-%m-%d %H:%M:%S} UTC)"
    world.tell([f"The ledger of {plain(target)} is taken from {whom}."])
    if not dead:
        world.tell(
            [
                f"It is free from {taken.until:%H:%M:%S} UTC on: a run that still lives has "
                "noticed by then, and sends nothing new."
            ]
        )
    return ExitCode.OK


def _nobody(target: str) -> str:
    return f"Nobody holds the ledger of {plain(target)}."
