"""Options that a variable of the environment can give as well.

The environment is the world's, as everywhere (`World.env`), and not that of this process: what the
demo runs must not find where its audience keeps logs and tables.
"""

from __future__ import annotations

import os

import click

from reconciler.cli.world import World


class _FromTheWorld(click.Parameter):
    """A parameter whose variables are looked up in the world of the command."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        names = [self.envvar] if isinstance(self.envvar, str) else self.envvar or ()
        world = ctx.find_object(World)
        env = os.environ if world is None else world.env  # a shell completes without a world
        return next((env[name] for name in names if env.get(name)), None)


class SettingOption(_FromTheWorld, click.Option):
    """`--log FILE`, or RECONCILER_LOG."""


class SettingArgument(_FromTheWorld, click.Argument):
    """`FILE...`, or a variable that names it."""
