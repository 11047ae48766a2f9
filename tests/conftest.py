"""Groups of tests that need more than Python: run where it is there, named at the end where not.

With `TEST_GROUPS_REQUIRED` in the environment (as in `.ci/run`) nothing may be left out: what is
missing then makes those tests fail where they need it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

_SCIMMY = Path(__file__).parent / "contract" / "scimmy" / "node_modules" / "scimmy"
#: Each marker, whether the machine has what it needs, and what that is.
GROUPS = {
    "node": (
        shutil.which("node") is not None and _SCIMMY.is_dir(),
        "Node.js, and `npm ci --prefix tests/contract/scimmy`",
    ),
}
_LEFT_OUT = "left out: "


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    if os.environ.get("TEST_GROUPS_REQUIRED"):
        return
    for group, (there, needed) in GROUPS.items():
        if not there:
            mark = pytest.mark.skip(reason=f"{_LEFT_OUT}group `{group}` needs {needed}")
            for item in items:
                if item.get_closest_marker(group) is not None:
                    item.add_marker(mark)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was not run, and leave it where `.ci/test` finds it for its last line."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [str(report.longrepr[2]) for report in skipped]
    counted = {r: reasons.count(r) for r in sorted(reasons) if _LEFT_OUT in r}
    lines = [
        f"Not run: {number} tests, {reason.partition(_LEFT_OUT)[2]}"
        for reason, number in counted.items()
    ]
    for line in lines:
        terminalreporter.write_line(line)
    (config.rootpath / ".pytest_cache").mkdir(exist_ok=True)
    note = config.rootpath / ".pytest_cache" / "not-run"
    note.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
