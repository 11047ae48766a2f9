"""`reconciler completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from reconciler.cli.world import World
from reconciler.model.exit import ExitCode


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> ExitCode:
    """Print the completion script of SHELL. For bash: eval "$(reconciler completion bash)"."""
    found = get_completion_class(shell)
    if found is None:
        raise click.BadParameter(f"nothing is known about {shell}", param_hint="SHELL")
    root = ctx.find_root().command
    world: World = ctx.obj
    world.say([found(root, {}, "reconciler", "_RECONCILER_COMPLETE").source()])
    return ExitCode.OK
