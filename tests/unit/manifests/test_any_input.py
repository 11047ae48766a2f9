"""Whatever stands in the files, something is said about it and nothing is raised."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.check import check
from reconciler.documents import read_documents
from reconciler.documents.nodes import Node, Plain
from reconciler.manifests.load import load
from reconciler.manifests.policies import load_policies
from reconciler.manifests.references import check_protections
from reconciler.manifests.suppress import suppress

ROOT = Path(__file__).parents[3]


def examples(readme: Path) -> Iterator[Node]:
    """The documents that a README shows: between them they have every kind."""
    text = readme.read_text(encoding="utf-8")
    for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        documents, found = read_documents(block.encode(), readme.name)
        assert found == ()
        yield from documents


EXAMPLES = [
    *examples(ROOT / "manifests" / "README.md"),
    *examples(ROOT / "policies" / "README.md"),
]


def load_all(text: str) -> None:
    """Load as manifests and as policies; whatever is found must be fit to be shown."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "a.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
        loaded, policies = load(root), load_policies(root)
    found = suppress((*loaded.diagnostics, *check(loaded.declared)), loaded.suppressions)
    protections = check_protections(policies.policies, loaded.declared)
    found += suppress((*policies.diagnostics, *protections), policies.suppressions)
    for each in found:
        assert re.fullmatch("[a-z0-9-]+", each.code)
        assert each.message.isprintable()
        assert each.hint is None or each.hint.isprintable()


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes(text: bytes) -> None:
    load_all(text.decode("latin-1"))


LINES = st.sampled_from(
    [
        "apiVersion: reconciler/v1",
        *(f"kind: {kind}" for kind in ("User", "Group", "Target", "List", "Hold", "Usr")),
        "metadata: {name: e1}",
        "metadata:",
        "spec:",
        "items:",
        "- kind: User",
        "userPrincipalName: a",
        "displayName: Ops",
        "members: [e1, {user: e2}]",
        "- a",
        "key: |",
        "# reconciler: ignore[no-members-stated] why",
        "---",
        "'",
        "{",
    ]
)


@given(st.lists(st.tuples(st.sampled_from(["", "  ", "    "]), LINES), max_size=15))
@settings(deadline=None)
def test_any_lines_that_look_like_a_manifest(lines: list[tuple[str, str]]) -> None:
    load_all("\n".join(indentation + line for indentation, line in lines))


WORDS = st.sampled_from(
    [
        "e1",
        "e10342",
        "ops",
        "zpa-ops",
        "zpa-prod",
        "users",
        "groups",
        "true",
        "yes",
        "members",
        "userName",
        "1",
        "-1",
        "0",
        "99999999999",
        "2026-12-31",
        "2026-12-31T18:00:00Z",
        "9999-12-31",
        "exclusive",
        "marked",
        "full",
        "lookup",
        "embedded:sandbox",
        "https://scim.example",
        "http://[::1",
        "rfc7644",
        "zpa",
        "EQUALS",
        "&",
        "!&",
        "delete",
        "deactivate",
        "keep",
        "never",
        "5%",
        "UTC",
        "id",
        "name.givenName",
        "externalId",
        "schemas",
        "roles",
        "user.x",
        "[x]",
        "(",
        "<<",
    ]
)
SCALARS = st.none() | WORDS.map(Plain) | WORDS | st.text(max_size=8)
NODES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
#: What to change: which of all places, and what to put there; None of it means: take it out.
CHANGES = st.lists(st.tuples(st.integers(0, 10_000), NODES | st.just(...)), min_size=1, max_size=3)


def changed(node: object, number: int, value: object) -> tuple[object, int]:
    """The node with its place of that number changed, and the number that is left to count."""
    if number == 0:
        return value, -1
    number -= 1
    if isinstance(node, dict):
        result: dict[object, object] = {}
        for key, held in node.items():
            result[key], number = changed(held, number, value)
        return {key: held for key, held in result.items() if held is not ...}, number
    if isinstance(node, list):
        items = []
        for held in node:
            item, number = changed(held, number, value)
            items.append(item)
        return [item for item in items if item is not ...], number
    return node, number


def places(node: object) -> int:
    """How many places there are to change, the node itself included."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + sum(map(places, inner))


def flow(node: object) -> str:
    """YAML of one line."""
    match node:
        case None:
            return "null"
        case dict():
            return "{" + ", ".join(f"{json.dumps(k)}: {flow(v)}" for k, v in node.items()) + "}"
        case list():
            return "[" + ", ".join(map(flow, node)) + "]"
        case Plain() if re.fullmatch(r"[\w.@%+-]+", node):
            return str(node)
        case _:
            return json.dumps(node, ensure_ascii=False)


def test_examples_survive_the_round_through_one_line() -> None:
    text = "\n---\n".join(map(flow, EXAMPLES))
    documents, found = read_documents(text.encode(), "a.yaml")
    assert found == ()
    assert list(documents) == EXAMPLES


@given(CHANGES)
@settings(deadline=None)
def test_any_change_to_a_valid_tree(changes: list[tuple[int, object]]) -> None:
    tree: object = EXAMPLES
    for number, value in changes:
        # Not the list of documents itself.
        tree, _ = changed(tree, 1 + number % (places(tree) - 1) if places(tree) > 1 else 0, value)
    documents = tree if isinstance(tree, list) else [tree]
    load_all("\n---\n".join(map(flow, documents)))
