"""`reconciler profiles`: what is known of each kind of service provider, and how it is known."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.loading import prefix_of
from reconciler.cli.options import MANIFESTS, format_option
from reconciler.cli.world import World
from reconciler.manifests.load import load
from reconciler.model.exit import ExitCode
from reconciler.model.profile import BUILT_IN
from reconciler.model.suggestion import suggest
from reconciler.report.profiles import list_lines, profile_data, profile_lines


@click.command("profiles")
@click.argument("name", required=False)
@MANIFESTS
@format_option("text", "json")
@click.pass_obj
def command(world: World, name: str | None, manifests: Path, output: str) -> ExitCode:
    """Show the profile NAME, each value with its source; without NAME, list them all.

    Those of the manifests are among them, if there are any. Sends nothing.
    """
    profiles = (
        load(manifests, prefix_of(manifests)).declared.profiles if manifests.is_dir() else BUILT_IN
    )
    if name is None:
        if output == "json":
            world.say_data([profile_data(profiles[each]) for each in sorted(profiles)])
        else:
            world.say(list_lines(profiles))
        return ExitCode.OK
    profile = profiles.get(name)
    if profile is None:
        near = suggest(name, profiles)
        hint = f"did you mean {near}?" if near else "`reconciler profiles` lists them"
        raise click.BadParameter(f"there is no profile of that name; {hint}", param_hint="NAME")
    if output == "json":
        world.say_data(profile_data(profile))
    else:
        world.say(profile_lines(profile, world.style))
    return ExitCode.OK
