"""A service provider in a process of its own, as tests start and stop it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Serving:
    """A process that serves, and a client of it."""

    process: subprocess.Popen[str]
    http: httpx.Client
    url: str

    def said(self) -> str:
        """What it has printed once it has ended: nothing, if all is well."""
        output, errors = self.process.communicate(timeout=30)
        return output + errors


@contextmanager
def serving(
    file: Path, *, profile: str = "rfc7644", port: int = 0, token: str = ""
) -> Iterator[Serving]:
    """Serve `file` until the block ends, if the process has not ended by then."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(file), profile, str(port), token],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().strip()
        assert line.isdecimal(), process.communicate(timeout=30)
        url = f"http://127.0.0.1:{line}/scim/v2"
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
            yield Serving(process, http, url)
    finally:
        process.kill()
        process.wait()
        _close(process.stdout, process.stderr)


def _close(*pipes: IO[str] | None) -> None:
    for pipe in pipes:
        if pipe is not None:
            pipe.close()


def _main(file: str, profile: str, port: str, token: str) -> None:
    from reconciler.simulator.app import build_app
    from reconciler.simulator.quirks import QUIRKS
    from reconciler.simulator.serve import serve
    from reconciler.simulator.store import Store

    with Store.open(Path(file)) as store:
        app = build_app(store, QUIRKS[profile], token=token or None)
        serve(app, port=int(port), ready=_say)


def _say(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
