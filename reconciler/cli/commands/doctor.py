"""`reconciler doctor`: whether a target can be reached, and what its provider really does."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import click

from reconciler.cli.doctoring import Memory, open_lines, patient_of
from reconciler.cli.files import write_private
from reconciler.cli.options import MANIFESTS, STATE_WITHOUT_LEDGER, format_option
from reconciler.cli.state import StateDirectory
from reconciler.cli.targets import target_named
from reconciler.cli.world import World
from reconciler.doctor.examine import Trial, announced, examine
from reconciler.doctor.scratch import CLEANING, PREFIX, remove_left
from reconciler.manifests.load import load
from reconciler.model.examination import Examination
from reconciler.model.exit import ExitCode
from reconciler.model.profile import Deletion, Profile
from reconciler.model.show import plain
from reconciler.model.target import Target
from reconciler.report.examination import (
    examination_data,
    examination_json,
    examination_lines,
    examination_markdown,
)


@click.command("doctor")
@click.argument("target")
@click.option("--scratch", is_flag=True, help="Also try writes, on objects that it makes itself.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@click.option(
    "--domain",
    default=None,
    help="The domain of scratch users, where the provider takes certain ones only.",
)
@click.option("--clean", is_flag=True, help="Only remove what an earlier --scratch left behind.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write a report that can be passed on (Markdown, or JSON for a name in .json).",
)
@MANIFESTS
@STATE_WITHOUT_LEDGER
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    target: str,
    scratch: bool,
    yes: bool,
    domain: str | None,
    clean: bool,
    report: Path | None,
    manifests: Path,
    state: StateDirectory,
    output: str,
) -> ExitCode:
    """Examine TARGET: name, connection, certificate, token, discovery, and what its provider does.

    Sends only reads, unless --scratch is given: then it makes up to three users and two groups,
    whose names begin with `reconciler-doctor-`, tries on them, and removes them. Exit code 1 when
    something is wrong.
    """
    if clean and scratch:
        raise click.UsageError("--clean only removes, and --scratch makes: one after the other")
    if domain is not None and not scratch:
        raise click.UsageError("--domain is about scratch users: it needs --scratch")
    if scratch and not yes and not world.can_ask:
        raise click.UsageError("there is no terminal to ask on; --yes writes without asking")
    chosen, profile = _chosen(manifests, target)
    memory = Memory(state.doctor(chosen.name))
    earlier = memory.recall()
    if clean:
        return _clean(chosen, profile, world, state, memory)
    if earlier is not None:
        world.tell([f"An earlier examination left scratch objects: {_by_hand(earlier)}"])
    if scratch and earlier is not None:
        raise click.UsageError(f"first run: reconciler doctor {chosen.name} --clean")
    patient = patient_of(chosen, profile, world)
    most = announced(writes=scratch, anonymous=patient.held is not None)
    world.tell([f"At most {most} requests will be sent{'' if scratch else ', all of them reads'}."])
    if scratch and not yes:
        asked = f"{_beware(profile)}Make and remove scratch objects at {plain(chosen.name)}?"
        if not world.confirms(asked):
            world.tell(["Nothing was written."])
            return ExitCode.INTERRUPTED
    trial = None
    if scratch:
        mail = domain or next(iter(profile.users.domains), "scratch.invalid")
        trial = Trial(secrets.token_hex(4), mail, memory.remember)

    async def run() -> Examination:
        budget = announced(writes=scratch, anonymous=False)
        async with open_lines(chosen, profile, world, state, budget) as lines:
            return await examine(patient, lines.line, lines.anonymous, trial, world.now())

    found = asyncio.run(run())
    if report is not None:
        made = examination_json if report.suffix == ".json" else examination_markdown
        write_private(report, made(found).encode())
        world.tell([f"The report is in {report}; no token, host or name stands in it."])
    if output == "json":
        world.say_data(examination_data(found))
    else:
        world.say(examination_lines(found, world.style))
    return ExitCode.ERROR if found.troubled else ExitCode.OK


def _beware(profile: Profile) -> str:
    """What somebody should know before agreeing to scratch objects."""
    said = "It takes one writer only, and this makes two. " if profile.one_writer else ""
    if profile.deletion is not Deletion.REMOVES:
        said += "It deletes nobody: scratch users stay, switched off. "
    return said


def _chosen(manifests: Path, name: str) -> tuple[Target, Profile]:
    """The target, whatever else may be wrong with the tree."""
    declared = load(manifests).declared
    target = target_named(name, declared)
    if target.profile not in declared.profiles:
        message = f"no profile is called {plain(target.profile)}; `reconciler profiles` lists them"
        raise click.BadParameter(message, param_hint="TARGET")
    return target, declared.profiles[target.profile]


def _clean(
    target: Target, profile: Profile, world: World, state: StateDirectory, memory: Memory
) -> ExitCode:
    trial = memory.recall()
    if trial is None:
        world.say(["Nothing is left of an earlier examination."])
        return ExitCode.OK
    tag, domain = trial

    async def run() -> tuple[str, ...]:
        async with open_lines(target, profile, world, state, CLEANING) as lines:
            return await remove_left(lines.line, tag, domain)

    left = asyncio.run(run())
    if left:
        world.say([f"Not removed: {plain(name)}" for name in left])
        world.tell([_by_hand(trial)])
        return ExitCode.ERROR
    memory.remember(None)
    world.say(["What an earlier examination left is removed."])
    return ExitCode.OK


def _by_hand(trial: tuple[str, str]) -> str:
    return f"names that begin with {PREFIX}{plain(trial[0])}; remove them by hand, or with --clean."
