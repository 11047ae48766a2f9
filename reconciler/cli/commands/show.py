"""`reconciler show`: a saved plan again, or what differs between two."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import FULL, format_option
from reconciler.cli.saving import read_plan
from reconciler.cli.world import World
from reconciler.model.exit import ExitCode
from reconciler.report.compare import comparison_lines
from reconciler.report.markdown import plan_markdown
from reconciler.report.planfile import as_data
from reconciler.report.style import Detail
from reconciler.report.text import plan_lines


@click.command("show")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    default=None,
    metavar="PLAN",
    help="Show what PLAN does otherwise than this earlier plan.",
)
@FULL
@format_option("text", "json", "markdown")
@click.pass_obj
def command(
    world: World, plan: Path, against: Path | None, detail: Detail, output: str
) -> ExitCode:
    """Show a saved plan. Reads nothing but the file; exit code 6 when it was edited."""
    saved = read_plan(plan)
    if against is not None:
        earlier = read_plan(against)
        world.say(comparison_lines(earlier, saved, world.style))
    elif output == "json":
        world.say_data(as_data(saved))
    elif output == "markdown":
        world.say([plan_markdown(saved)])
    else:
        world.say(plan_lines(saved, world.style, detail))
    return ExitCode.OK
