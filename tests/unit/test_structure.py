"""The house keeps its shape: imports point downwards, libraries have one owner, the core is pure.

Each rule is also shown a piece of code that breaks it, so that the test cannot pass by looking
away.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import reconciler

ROOT = Path(reconciler.__file__).parent

#: Which parts a part may import, beside itself. `cli` may import everything.
MAY_IMPORT = {
    "errors": set[str](),
    "model": {"errors"},
    "desired": {"model", "errors"},
    "plan": {"desired", "model", "errors"},
    "documents": {"model", "errors"},
    "http": {"model", "errors"},
    "manifests": {"documents", "plan", "desired", "model", "errors"},
    "scim": {"http", "plan", "desired", "model", "errors"},
    "apply": {"plan", "desired", "model", "errors"},
    "doctor": {"model", "errors"},
    "report": {"plan", "desired", "model", "errors"},
    # A second reading of the standard: nothing of `scim`, `plan`, `desired`.
    "simulator": {"documents", "model", "errors"},
}

#: A library's one home: a module, or a package when it ends with a dot.
OWNERS = {
    "httpx": {"http"},
    "ruamel": {"documents"},
    "cel_expr_python": {"desired.conditions"},
    "lark": {"desired.expressions.grammar"},
    "regex": {"desired.patterns"},
    "jinja2": {"report.markdown"},
    "deepdiff": {"report.compare"},
    "starlette": {"simulator."},
    "uvicorn": {"simulator."},
    "sqlite3": {"simulator.store"},
    "click": {"cli."},
    "rich": {"cli.progress"},
}

PURE = ("model", "desired", "plan")
#: Modules that reach outside the process, or make two runs differ.
IMPURE_MODULES = {
    "asyncio", "builtins", "ctypes", "glob", "http", "httpx", "importlib", "io", "locale",
    "logging", "multiprocessing", "os", "pathlib", "platform", "random", "secrets", "select",
    "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading",
    "time", "urllib", "warnings",
}  # fmt: skip
IMPURE_CALLS = {
    "open", "print", "input", "exec", "eval", "breakpoint", "__import__",
    "now", "today", "utcnow", "uuid1", "uuid4", "monotonic", "getenv",
}  # fmt: skip

#: Where untyped data enters, so that `Any` may stand there.
MAY_SAY_ANY = {
    "documents", "report.planfile", "report.findings", "report.outcomes", "report.drift",
    "report.compare", "report.ledger", "cli.options", "simulator.faults.script",
}  # fmt: skip

LONGEST_MODULE = 500


@dataclass(frozen=True)
class Module:
    name: str  # without the leading `reconciler.`
    tree: ast.Module
    lines: int

    @property
    def part(self) -> str:
        return self.name.partition(".")[0]


def modules() -> Iterator[Module]:
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT).with_suffix("")
        parts = [p for p in relative.parts if p != "__init__"]
        text = path.read_text(encoding="utf-8")
        yield Module(".".join(parts), ast.parse(text), text.count("\n"))


MODULES = list(modules())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(module: Module) -> list[str]:
    if module.part in {"", "cli", "__main__"}:
        return []
    allowed = MAY_IMPORT[module.part] | {module.part, "__version__"}
    return [
        name
        for name in imported(module.tree)
        if name.startswith("reconciler.") and name.split(".")[1] not in allowed
    ]


def foreign_libraries(module: Module) -> list[str]:
    found = []
    for name in imported(module.tree):
        owners = OWNERS.get(name.partition(".")[0], set())
        if owners and not any(
            module.name == o or (o.endswith(".") and module.name.startswith(o.rstrip(".")))
            for o in owners
        ):
            found.append(name)
    return found


def impurities(module: Module) -> list[str]:
    if module.part not in PURE:
        return []
    found = [n for n in imported(module.tree) if n.partition(".")[0] in IMPURE_MODULES]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name in IMPURE_CALLS:
                found.append(f"{name}() in line {node.lineno}")
        elif isinstance(node, ast.Global | ast.AsyncFunctionDef | ast.Await):
            found.append(f"{type(node).__name__} in line {node.lineno}")
    return found


def anys(module: Module) -> list[str]:
    return [n for n in imported(module.tree) if n == "typing.Any"]


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.name or "reconciler")
def test_module_keeps_to_its_place(module: Module) -> None:
    assert wrong_imports(module) == []
    assert foreign_libraries(module) == []
    assert impurities(module) == []
    assert module.lines <= LONGEST_MODULE
    assert ast.get_docstring(module.tree), "the first sentence says what the module is for"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.name or "reconciler")
def test_any_stands_only_where_untyped_data_enters(module: Module) -> None:
    assert module.name in MAY_SAY_ANY or anys(module) == []


def test_every_module_that_may_say_any_still_needs_to() -> None:
    assert {m.name for m in MODULES if anys(m)} == MAY_SAY_ANY & {m.name for m in MODULES}


@pytest.mark.parametrize(
    ("name", "code", "check"),
    [
        ("plan.x", "from reconciler.scim.client import ScimClient", wrong_imports),
        ("desired.x", "import reconciler.plan.build", wrong_imports),
        ("scim.x", "from reconciler.apply import ledger", wrong_imports),
        ("simulator.x", "from reconciler.plan import build", wrong_imports),
        ("scim.x", "import httpx", foreign_libraries),
        ("report.x", "from click import echo", foreign_libraries),
        ("model.x", "import os", impurities),
        ("plan.x", "open('x')", impurities),
        ("desired.x", "from datetime import datetime\ndatetime.now()", impurities),
        ("plan.x", "async def f(): ...", impurities),
        ("plan.x", "from typing import Any", anys),
    ],
)
def test_each_rule_notices_when_it_is_broken(name: str, code: str, check: object) -> None:
    assert callable(check)
    assert check(Module(name, ast.parse(code), 1)) != []


def test_every_package_is_marked_as_typed() -> None:
    assert (ROOT / "py.typed").exists()
