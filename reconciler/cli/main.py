"""The entry point: commands are found here, and exceptions become exit codes here.

Commands are imported when they are called, so that `--help` and shell completion stay quick.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Final, NoReturn

import click

from reconciler import __version__
from reconciler.cli.failures import InvalidTreeError
from reconciler.cli.world import World, real_world
from reconciler.errors import PlanFileError, ReconcilerError
from reconciler.model.exit import ExitCode
from reconciler.model.show import show
from reconciler.model.suggestion import suggest
from reconciler.report.findings import diagnostic_lines, tally
from reconciler.report.style import Tone

#: Commands in the order in which a newcomer meets them, with their modules.
COMMANDS: Final = {
    "demo": "Watch the whole story on an embedded service provider, in seconds.",
    "validate": "Check manifests and policies: every finding in one pass, nothing sent.",
    "plan": "Compare Git with what targets hold, and show every change. Sends only reads.",
    "show": "Show a saved plan again, or what differs between two.",
    "apply": "Carry out a saved plan, exactly.",
    "provision": "Provision one person or group now: plan, show the steps, ask, apply, read back.",
    "drift": "Find what was changed behind Git's back. Sends only reads.",
    "log": "Read provisioning logs: what runs did with whom, and why not.",
    "explain": "Say why somebody has, or has not, what they have. Sends only reads.",
    "ledger": "Look into the record of earlier applies, and verify it.",
    "eval": "Evaluate an expression of an attribute mapping, part by part.",
    "doctor": "Examine a target: whether it can be reached, and what its provider really does.",
    "profiles": "Show what is known of each kind of service provider, and how it is known.",
    "simulate": "Serve an embedded SCIM service provider on a local port.",
    "import": "Turn Entra's provisioning configuration into manifests.",
    "export": "Turn manifests into Entra's provisioning configuration.",
    "schema": "Print JSON Schemas of the manifests, for editors.",
    "completion": "Print the completion script of a shell.",
}

# `import` is a word of Python's own, and `export` is its counterpart.
_UNDERSCORED: Final = frozenset({"import", "export"})


class _LazyCommands(click.Group):
    """Finds a command's module by the command's name, and help without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            near = suggest(cmd_name, COMMANDS)
            hint = "see reconciler --help" if near is None else f"did you mean {near}?"
            raise click.UsageError(f"there is no command {show(cmd_name)}; {hint}", ctx)
        name = f"{cmd_name}_" if cmd_name in _UNDERSCORED else cmd_name
        module = importlib.import_module(f"reconciler.cli.commands.{name}")
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.command is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": 96},
    epilog="Exit codes: 0 in sync or done, 1 error, 2 changes or drift, 3 blocked by a check, "
    "4 manifests invalid, 5 applied in part, 6 plan stale or edited, 64 usage, 70 our own bug, "
    "130 interrupted.",
)
@click.version_option(__version__, prog_name="reconciler")
def cli() -> None:
    """Identities as code: people's access declared in Git, planned, applied, watched."""


def run(argv: Sequence[str], world: World) -> ExitCode:
    """One run of the command line, its exit code, and nothing raised."""
    bad = world.error_style.mark(Tone.BAD, "error")
    try:
        # Help and completion are click's own output, and go where everything else goes.
        with redirect_stdout(world.out), redirect_stderr(world.err):
            answer = cli.main(
                args=list(argv), prog_name="reconciler", standalone_mode=False, obj=world
            )
        return ExitCode(answer) if isinstance(answer, int) else ExitCode.OK
    except click.exceptions.NoArgsIsHelpError as exc:
        world.tell([exc.format_message()])
        return ExitCode.USAGE
    except click.UsageError as exc:
        usage = exc.ctx.get_usage() if exc.ctx is not None else "Usage: reconciler --help"
        world.tell([usage, f"{bad}: {exc.format_message()}"])
        return ExitCode.USAGE
    except click.ClickException as exc:
        world.tell([f"{bad}: {exc.format_message()}"])
        return ExitCode.USAGE
    except InvalidTreeError as exc:
        world.tell(diagnostic_lines(exc.found, world.error_style))
        world.tell([f"Nothing was sent: {tally(exc.found)}."])
        return ExitCode.INVALID
    except PlanFileError as exc:
        world.tell_error(exc)
        return ExitCode.STALE
    except ReconcilerError as exc:
        world.tell_error(exc)
        return ExitCode.ERROR
    except (KeyboardInterrupt, click.Abort):
        world.tell(["Interrupted; nothing more was sent."])
        return ExitCode.INTERRUPTED
    except OSError as exc:
        world.tell(
            [
                f"{bad}: the operating system refused something: {exc.strerror} (at {_where(exc)})",
                "    check file names, permissions and free space, then run it again",
            ]
        )
        return ExitCode.ERROR
    except Exception as exc:  # noqa: BLE001  the last resort: a bug must not print people's data
        world.tell([f"{bad}: a bug in reconciler, {type(exc).__name__} at {_where(exc)}", _BUG])
        return ExitCode.BUG


_BUG: Final = (
    "    nothing is hidden: please report this line with the command you ran; "
    "no value of a manifest or a provider stands in it"
)


def _where(exc: Exception) -> str:
    """File and line of the innermost frames, without the values that a traceback's text shows."""
    frames = traceback.extract_tb(exc.__traceback__)[-3:]
    return " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno}" for f in reversed(frames))


def main() -> NoReturn:
    """The console script."""
    sys.exit(run(sys.argv[1:], real_world()))
