"""The README's examples: what each command really prints, on the sample organisation.

A block that begins with `$ reconciler …` is a session: its commands run in order, in one directory
per README, and what follows each is its output. `python -m tests.readme` writes them anew.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from pathlib import Path

from tests.e2e.shell import Shell

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_SESSION = re.compile(r"```console\n(.*?)```", re.DOTALL)


def _fresh(session: str, shell: Shell) -> str:
    """A session with the output that its commands print now."""
    lines = []
    for command in re.findall(r"^\$ (.*)$", session, re.MULTILINE):
        lines.append(f"$ {command}\n")
        typed, _, part = command.partition(" | ")
        program, *args = shlex.split(typed)
        if program == "reconciler":
            ran = shell.run(*args)
            lines += [*_part(part, ran.out.splitlines(keepends=True)), ran.err]
        elif program == "sed":
            _, expression, file = args  # sed -i s/old/new/ file
            _, old, new, _ = expression.split("/")
            shell.edit(file, old, new)
        else:
            raise ValueError(f"{program} is not something that a README session runs")
    # Ids that the provider gives differ from run to run, and digests with them.
    return _DIGEST.sub("sha256:…", "".join(lines))


def _part(written: str, lines: list[str]) -> list[str]:
    """What `head -n 2` or `tail -n 3` leaves of the lines; without either, all."""
    match written.split():
        case []:
            return lines
        case ["head", "-n", number]:
            return lines[: int(number)]
        case ["tail", "-n", number]:
            return lines[-int(number) :]
        case _:
            raise ValueError(f"{written} is not something that a README session pipes into")


def rendered() -> str:
    """The README as it should be."""
    with tempfile.TemporaryDirectory() as name:
        shell = Shell(Path(name))
        for tree in ("manifests", "policies"):
            shutil.copytree(ROOT / tree, shell.directory / tree)
        return _SESSION.sub(
            lambda block: f"```console\n{_fresh(block[1], shell)}```",
            README.read_text(encoding="utf-8"),
        )


if __name__ == "__main__":
    README.write_text(rendered(), encoding="utf-8")
