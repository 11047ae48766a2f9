"""The command line in a process that kills itself right before it touches its ledger.

`python -m tests.e2e.dying NUMBER apply plan.json`: before the so-manieth time that the ledger's
file is opened to be written, or that Git is called. The product is as it is; the interpreter tells
of both (PEP 578).
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from reconciler.cli.main import main


def die_at(number: int) -> None:
    left = number

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if _touches_the_ledger(event, arguments):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)


def _touches_the_ledger(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "open":
        path, _, flags = arguments
        return str(path).endswith(".jsonl") and bool(flags & os.O_WRONLY)
    return event == "subprocess.Popen" and os.path.basename(str(arguments[0])) == "git"  # noqa: PTH119  no Path while auditing


if __name__ == "__main__":
    die_at(int(sys.argv.pop(1)))
    main()
