"""`reconciler demo`: the whole story on an embedded service provider, in seconds."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import click

from reconciler.cli.connections import open_target
from reconciler.cli.options import MANIFESTS
from reconciler.cli.stage import Stage
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.model.attributes import ACTIVE, DISPLAY_NAME, USER_NAME
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind, ResourceId, UserKey
from reconciler.model.path import AttributePath, parse_path
from reconciler.model.source import USER_PRINCIPAL_NAME
from reconciler.report.style import Tone
from reconciler.scim.client import ScimClient

TARGET: Final = "sandbox"

JOINER: Final = """\
apiVersion: reconciler/v1
kind: User
metadata: {name: e10999}
spec:
  userPrincipalName: mary.jackson@zone.example
  mail: mary.jackson@zone.example
  givenName: Mary
  surname: Jackson
  jobTitle: Network Engineer
  department: NetSec
  country: PT
  manager: e10007
"""


@click.command("demo")
@MANIFESTS
@click.option(
    "--policies",
    type=click.Path(path_type=Path),
    default=Path("policies"),
    show_default=True,
    help="The tree of policies.",
)
@click.pass_obj
def command(world: World, manifests: Path, policies: Path) -> ExitCode:
    """Watch plan, apply, drift and a stopped mistake on an embedded service provider.

    Works on a copy of the sample manifests and needs no server and no credential.
    """
    from reconciler.cli.main import run

    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as directory:
        stage = Stage(Path(directory), world, run)
        stage.set_up(manifests, policies)
        _first_load(stage)
        _drift(stage)
        _joiner_mover_leaver(stage)
        _question(stage)
        _mistake(stage)
    good = world.style.mark(Tone.GOOD, "That was all of it.")
    world.say(["", f"{good} Nothing outside a temporary directory was touched."])
    world.say([f"Try it yourself: reconciler plan {TARGET} -o plans/"])
    return ExitCode.OK


def _plan(stage: Stage, *args: str, expect: ExitCode = ExitCode.OK) -> Path:
    path = stage.directory / "plan.json"
    stage.command("plan", TARGET, *args, "-o", str(path), expect=expect)
    return path


def _first_load(stage: Stage) -> None:
    stage.tell(1, "The manifests are checked: references, rules, expressions, all in one pass.")
    stage.command("validate")
    stage.tell(2, "Everybody is planned against an empty service provider, then applied.")
    plan = _plan(stage)
    stage.command("apply", str(plan))
    stage.tell(3, "A second plan has nothing to do.")
    stage.command("plan", TARGET)


def _drift(stage: Stage) -> None:
    stage.tell(4, "Somebody edits the provider by hand, behind Git's back. Drift finds it.")
    asyncio.run(_tamper(stage))
    stage.command("drift", TARGET, expect=ExitCode.CHANGES)
    stage.tell(5, "It is put back: the same plan and apply, with the drift alone selected.")
    plan = _plan(stage, "--only", "drift")
    stage.command("apply", str(plan))


async def _tamper(stage: Stage) -> None:
    """A title, a membership and a switched-off account, as a hurried administrator would."""
    declared = stage.declared()
    target = declared.targets[TARGET]
    profile = declared.profiles[target.profile]
    async with open_target(target, profile, stage.world, StateDirectory(stage.state)) as client:
        mover = await _id_of(client, Kind.USER, USER_NAME, _name(stage, "e10174"))
        late = await _id_of(client, Kind.USER, USER_NAME, _name(stage, "e10302"))
        group = await _id_of(client, Kind.GROUP, DISPLAY_NAME, _PRIVILEGED)
        await client.update(Kind.USER, mover, {parse_path("title"): "Chief Everything Officer"})
        await client.update(Kind.USER, late, {ACTIVE: False})
        await client.add_members(group, [mover])


_PRIVILEGED: Final = "ZPA Break Glass"


def _name(stage: Stage, key: str) -> str:
    return str(stage.declared().users[UserKey(key)].attributes[USER_PRINCIPAL_NAME])


async def _id_of(client: ScimClient, kind: Kind, path: AttributePath, value: str) -> ResourceId:
    (found,) = await client.find(kind, path, value)
    return found.id


def _joiner_mover_leaver(stage: Stage) -> None:
    stage.tell(6, "A pull request brings a joiner, a mover and a leaver.")
    (stage.manifests / "people" / "joiner.yaml").write_text(JOINER, encoding="utf-8")
    stage.rewrite("e10174", "jobTitle", "Security Engineer")
    stage.rewrite("e10302", "accountEnabled", "false")
    plan = _plan(stage)
    stage.command("apply", str(plan))


def _question(stage: Stage) -> None:
    stage.tell(7, "Somebody asks why a technician of another firm is not in the station log.")
    stage.command("explain", "e20017", "station-log", "--offline")


def _mistake(stage: Stage) -> None:
    stage.tell(
        8, "A bad commit narrows a filter to one country: two in three would lose their access."
    )
    path = stage.manifests / "scoping" / f"{TARGET}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('!= "Guest"', '!= "Guest" && user.country == "PT"'), encoding="utf-8"
    )
    plan = _plan(stage, expect=ExitCode.BLOCKED)
    stage.command("apply", str(plan), expect=ExitCode.BLOCKED)
