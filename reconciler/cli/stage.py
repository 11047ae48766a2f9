"""Where the demo plays: a copy of the manifests, an embedded provider, and real commands.

Nothing here is special to a demonstration but the copy and the shortened output: each command is
the one that users type, run through the same entry point.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Final

from reconciler.cli.loading import load_to_read
from reconciler.cli.paths import TreePaths
from reconciler.cli.world import World
from reconciler.errors import ConfigurationError
from reconciler.model.declared import Declared
from reconciler.model.exit import ExitCode
from reconciler.model.identity import UserKey
from reconciler.model.source import USER_PRINCIPAL_NAME
from reconciler.report.style import Tone

_SHOWN: Final = 12  # lines of a command's output, before its middle is left out
_TAIL: Final = 6


class _Screen(StringIO):
    """Text that is as colourful as the screen it will be copied to."""

    def __init__(self, coloured: bool) -> None:
        super().__init__()
        self.coloured = coloured

    def isatty(self) -> bool:
        return self.coloured


@dataclass(frozen=True, slots=True)
class Stage:
    """A directory of its own with `manifests/` and `policies/`, and the audience's world."""

    directory: Path
    world: World
    run: Callable[[Sequence[str], World], ExitCode]

    @property
    def manifests(self) -> Path:
        return self.directory / "manifests"

    @property
    def policies(self) -> Path:
        return self.directory / "policies"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    def set_up(self, manifests: Path, policies: Path) -> None:
        """Copy the trees; the originals are never touched.

        Raises:
            ConfigurationError: there are no manifests.
        """
        if not manifests.is_dir():
            raise ConfigurationError(
                f"there are no manifests in {manifests}",
                hint="run the demo in a clone of the repository, or name a tree with --manifests",
            )
        shutil.copytree(manifests, self.manifests)
        if policies.is_dir():
            shutil.copytree(policies, self.policies)
        else:
            self.policies.mkdir()

    def tell(self, number: int, text: str) -> None:
        """What happens next."""
        style = self.world.style
        self.world.say(["", style.mark(Tone.STRONG, f"{number}. {text}")])

    def command(self, *args: str, expect: ExitCode = ExitCode.OK) -> str:
        """Run a command as it would be typed, and show its output without its middle."""
        full = [*args, "--manifests", str(self.manifests), "--policies", str(self.policies)]
        if args[0] != "validate":
            full += ["--state-dir", str(self.state)]
        screen = _Screen(self.world.out.isatty())
        # Wherever the audience keeps ledgers, logs and tables, the demo's are on the stage.
        settings = self.world.env.items()
        env = {name: text for name, text in settings if not name.startswith("RECONCILER_")}
        code = self.run(full, replace(self.world, env=env, out=screen, err=screen))
        shown = [str(Path(a).name) if Path(a).is_absolute() else a for a in args]
        style = self.world.style
        self.world.say([style.mark(Tone.QUIET, f"   $ reconciler {' '.join(shown)}")])
        text = screen.getvalue().replace(f"{self.directory}/", "")
        self.world.say(f"   {line}".rstrip() for line in _shortened(text.splitlines()))
        if code is not expect:
            raise ConfigurationError(
                f"the demo expected exit code {expect:d} from `{' '.join(args)}`, not {code:d}",
                hint="the demo tells the story of the manifests that come with the repository",
            )
        return text

    def declared(self) -> Declared:
        """What the copied manifests say now."""
        return load_to_read(TreePaths(self.manifests, (self.policies,))).declared

    def rewrite(self, key: str, attribute: str, value: str) -> None:
        """Give one attribute of one person another value, as an editor would: in its line."""
        user = self.declared().users[UserKey(key)]
        place = user.place(attribute)
        path = self.manifests / place.file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        line = lines[place.line - 1]
        if attribute in user.places:
            lines[place.line - 1] = re.sub(r"^(\s*[\w]+:).*", rf"\1 {value}", line)
        else:  # not written yet: after the name that everybody has
            place = user.place(USER_PRINCIPAL_NAME)
            indent = " " * (place.column - 1)
            lines.insert(place.line, f"{indent}{attribute}: {value}\n")
        path.write_text("".join(lines), encoding="utf-8")


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= _SHOWN + _TAIL:
        return lines
    left = len(lines) - _SHOWN - _TAIL
    return [*lines[:_SHOWN], f"… {left} lines …", *lines[-_TAIL:]]
