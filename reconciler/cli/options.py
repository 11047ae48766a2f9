"""Options that several commands share, and how their texts become values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from reconciler.cli.completing import complete_selections, complete_subjects, complete_targets
from reconciler.cli.failures import InvalidTreeError
from reconciler.cli.paths import TreePaths
from reconciler.cli.settings import SettingOption
from reconciler.cli.state import StateDirectory
from reconciler.model.diagnostic import error
from reconciler.model.policy import Acknowledgement
from reconciler.model.show import plain
from reconciler.report.style import Detail

Command = TypeVar("Command", bound=Callable[..., object])
R = TypeVar("R")


def _gathered(
    parameter: str, make: Callable[..., object], **options: Callable[[Any], Any]
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Options whose values a command gets as one `parameter`, which is made of them by name."""

    def decorate(command: Callable[..., R]) -> Callable[..., R]:
        @wraps(command)
        def gathered(*args: Any, **given: Any) -> R:
            parts = {name: given.pop(name) for name in options}
            return command(*args, **{parameter: make(**parts)}, **given)

        for option in reversed(options.values()):
            gathered = option(gathered)
        return gathered

    return decorate


def _named_is_there(
    ctx: click.Context, param: click.Parameter, value: tuple[Path, ...]
) -> tuple[Path, ...]:
    """Without policies the defaults hold, but never because of a slip in a name that was given.

    Raises:
        InvalidTreeError: a directory that was named is not there.
    """
    if ctx.get_parameter_source(param.name or "") is not ParameterSource.DEFAULT:
        hint = "name the directory that holds the policies"
        found = [
            error("missing-root", f"there is no directory {plain(str(path))}", hint=hint)
            for path in value
            if not path.exists()
        ]
        if found:
            raise InvalidTreeError(found)
    return value


MANIFESTS = click.option(
    "--manifests",
    type=click.Path(path_type=Path),
    default=Path("manifests"),
    show_default=True,
    help="The tree of manifests.",
)
_POLICIES = click.option(
    "--policies",
    type=click.Path(path_type=Path),
    multiple=True,
    callback=_named_is_there,
    default=(Path("policies"),),
    show_default=True,
    help="The tree of policies. Given twice (base and head of a pull request), both must pass.",
)


class GivenTable(click.ParamType[tuple[str, Path]]):
    """`hr=/tmp/people.csv`: the name of a Source, and where its table is."""

    name = "table"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        if isinstance(value, tuple):
            return value
        name, equals, path = str(value).partition("=")
        if not (name and equals and path):
            self.fail(f"{value!r} gives no table; expected NAME=PATH", param, ctx)
        return name, Path(path)

    def split_envvar_value(self, rv: str) -> list[str]:
        """One on each line of RECONCILER_SOURCES: paths may have blanks."""
        return [line.strip() for line in rv.splitlines() if line.strip()]


def _once_each(
    ctx: click.Context, param: click.Parameter, value: tuple[tuple[str, Path], ...]
) -> dict[str, Path]:
    tables = dict(value)
    if len(tables) < len(value):
        raise click.BadParameter("a source has one table, and two are given", ctx, param)
    return tables


_SOURCES = click.option(
    "--source",
    "sources",
    type=GivenTable(),
    multiple=True,
    callback=_once_each,
    cls=SettingOption,
    envvar="RECONCILER_SOURCES",
    metavar="NAME=PATH",
    help="The table of a Source that has no `file:` in the tree (RECONCILER_SOURCES, one a line).",
)
_STATE_DIR = click.option(
    "--state-dir",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    cls=SettingOption,
    envvar="RECONCILER_STATE_DIR",
    default=Path(".reconciler"),
    show_default=True,
    help="Where embedded providers and ledgers are kept (RECONCILER_STATE_DIR).",
)
SUBJECT = click.argument("subject", shell_complete=complete_subjects)
#: Who runs a command, by the first of these variables that is set.
ACTORS: Final = ("RECONCILER_ACTOR", "GITHUB_ACTOR", "USER")
#: What `--by` says when nobody does.
UNKNOWN: Final = "unknown"

ACKNOWLEDGE = click.option(
    "--acknowledge",
    multiple=True,
    metavar="TOKEN",
    help="Release the violation with this token, for this run only.",
)
BECAUSE = click.option("--because", default=None, help="Why it is released; goes into the ledger.")
BY = click.option(
    "--by",
    cls=SettingOption,
    envvar=ACTORS,
    default=UNKNOWN,
    help="Who releases it (RECONCILER_ACTOR, GITHUB_ACTOR, USER).",
)
_LEDGER = click.option(
    "--ledger",
    default=None,
    metavar="PLACE",
    help="Where ledgers are kept instead: git:refs/reconciler/ledger, the same with @REMOTE behind "
    "it, or dir:PATH (RECONCILER_LEDGER).",
)
#: `paths`: manifests, and the tables of sources.
MANIFESTS_AND_SOURCES = _gathered("paths", TreePaths, manifests=MANIFESTS, sources=_SOURCES)
#: `paths`: the same, and policies.
TREE = _gathered("paths", TreePaths, manifests=MANIFESTS, sources=_SOURCES, policies=_POLICIES)
#: `state`: the state directory, its ledgers included.
STATE_WITHOUT_LEDGER = _gathered("state", StateDirectory, root=_STATE_DIR)
#: `state`: the state directory, and where ledgers are instead.
STATE = _gathered("state", StateDirectory, root=_STATE_DIR, ledger=_LEDGER)
FULL = click.option(
    "--full",
    "detail",
    is_flag=True,
    callback=lambda _ctx, _param, full: Detail.FULL if full else Detail.FOLDED,
    help="Write out everything; nothing is folded.",
)
TARGETS = click.argument(
    "targets", nargs=-1, metavar="[TARGET]...", shell_complete=complete_targets
)


def format_option(*formats: str) -> Callable[[Command], Command]:
    """`--format`, with the formats that a command has; the first is the default."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="For people, or for programs.",
    )


#: Years in which time zones and days can be added to an instant without leaving the calendar.
_EARLIEST: Final = 1970
_LATEST: Final = 9000


class Instant(click.ParamType[datetime]):
    """`2026-11-23` (its first instant, UTC) or `2026-11-23T18:00:00+01:00`."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no instant; expected 2026-11-23 or 2026-11-23T18:00:00+01:00",
                param,
                ctx,
            )
        if not _EARLIEST <= moment.year <= _LATEST:
            self.fail(f"{value!r} is not between {_EARLIEST} and {_LATEST}", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


_DURATION: Final = re.compile(r"(?=.)(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?")


class Duration(click.ParamType[timedelta]):
    """`45m`, `5h`, `1h30m`, `90s`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = _DURATION.fullmatch(value)
        if match is None:
            self.fail(f"{value!r} is no duration; expected 45m, 5h, 1h30m or 90s", param, ctx)
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)


AS_OF = click.option(
    "--as-of",
    type=Instant(),
    default=None,
    callback=lambda ctx, _param, instant: (instant or ctx.obj.now()).replace(microsecond=0),
    metavar="INSTANT",
    help="Decide as of this instant instead of now: dates, rules and expiries follow it. A plan "
    "of the future can be applied once it has come.",
)
ONLY = click.option(
    "--only",
    multiple=True,
    metavar="SELECTION",
    shell_complete=complete_selections,
    help="user:KEY, group:KEY, members:GROUP (with what its members need), cause:CAUSE, "
    "cause:source (what rows of a Source brought), drift or due; several are joined by "
    "OR. KEY is a manifest's name, or id:… as a plan shows it.",
)


def acknowledgements(
    tokens: Sequence[str], by: str, because: str | None
) -> tuple[Acknowledgement, ...]:
    """What somebody releases, with who and why; without a why, a usage error."""
    if tokens and not because:
        raise click.UsageError("--acknowledge needs --because: the ledger keeps who and why")
    return tuple(Acknowledgement(token, by, because or "") for token in tokens)
