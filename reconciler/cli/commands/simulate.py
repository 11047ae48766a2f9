"""`reconciler simulate`: the embedded service provider on a local port, for trying things out."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.failures import InvalidTreeError
from reconciler.cli.files import read_file
from reconciler.cli.options import STATE_WITHOUT_LEDGER
from reconciler.cli.settings import SettingOption
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.model.exit import ExitCode
from reconciler.simulator.app import build_app
from reconciler.simulator.faults.inject import playing
from reconciler.simulator.faults.reading import read_script
from reconciler.simulator.faults.script import Script
from reconciler.simulator.quirks import QUIRKS
from reconciler.simulator.serve import serve
from reconciler.simulator.store import Store


@click.command("simulate")
@click.option(
    "--profile",
    type=click.Choice(sorted(QUIRKS)),
    default="rfc7644",
    show_default=True,
    help="Whose behaviour, quirks included.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option(
    "--name",
    default="simulate",
    show_default=True,
    help="The embedded provider to serve; `baseUrl: embedded:NAME` reaches the same one.",
)
@click.option(
    "--token",
    cls=SettingOption,
    envvar="RECONCILER_SIMULATE_TOKEN",
    default=None,
    help="The bearer token to ask for (RECONCILER_SIMULATE_TOKEN); without it, none is asked for.",
)
@click.option(
    "--faults",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="A fault script: what goes wrong, at which requests.",
)
@STATE_WITHOUT_LEDGER
@click.pass_obj
def command(
    world: World,
    profile: str,
    port: int,
    name: str,
    token: str | None,
    faults: Path | None,
    state: StateDirectory,
) -> ExitCode:
    """Serve an embedded SCIM 2.0 service provider on 127.0.0.1 until it is stopped.

    What it holds is kept in the state directory. Port 0 chooses a free one.
    """
    script = Script() if faults is None else _script(faults)
    with Store.open(state.embedded(name)) as store:
        app = build_app(
            store,
            script.over(QUIRKS[profile].limited()),
            token=token,
            middleware=playing(script),
        )
        serve(
            app,
            port=port,
            ready=lambda real: world.say(
                [f"{profile} service provider at http://127.0.0.1:{real}/scim/v2 (Ctrl-C stops it)"]
            ),
        )
    return ExitCode.OK


def _script(path: Path) -> Script:
    script, found = read_script(read_file(path, wanted="a fault script"), str(path))
    if found:
        raise InvalidTreeError(found)
    return script
