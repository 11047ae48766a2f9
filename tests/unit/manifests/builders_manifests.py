"""Trees of manifests on disk, made from text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reconciler.manifests.load import Loaded, load
from reconciler.model.diagnostic import Diagnostic


def a_tree(root: Path, **files: str) -> Path:
    """`root` with files `<name>.yaml`; `__` in a name becomes `/`."""
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def loaded(root: Path, **files: str) -> Loaded:
    """The tree, loaded."""
    return load(a_tree(root, **files))


def shown(found: Iterable[Diagnostic]) -> list[str]:
    """Place and code of each, as in `a.yaml:3:1 unknown-field`."""
    return [f"{d.at} {d.code}" for d in found]


def a_document(kind: str, name: str, spec: str) -> str:
    """One manifest; `spec` is YAML of one line or indented by two."""
    body = f" {spec}" if "\n" not in spec else "\n" + spec
    return (
        f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:{body}\n---\n"
    )


def a_user_document(name: str = "e1", extra: str = "") -> str:
    """A User with a sign-in name; `extra` are further lines of `spec`, indented by two."""
    return a_document("User", name, f"  userPrincipalName: {name}@zone.example\n{extra}")
