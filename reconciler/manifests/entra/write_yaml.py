"""Drafts as the text of manifests, laid out as the project's own are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.manifests.entra.drafts import (
    FilterDraft,
    HandlingDraft,
    Line,
    MappingDraft,
    ProfileDraft,
    TargetDraft,
    Written,
)
from reconciler.manifests.entra.scalar_text import (
    WIDTH,
    comment,
    flow,
    in_block,
    in_flow,
    in_list,
    remark,
)
from reconciler.manifests.kinds.manifest import API_VERSION
from reconciler.model.identity import Kind
from reconciler.model.target import Removal, Scope

_FOR: Final = {Kind.USER: "users", Kind.GROUP: "groups"}


def mapping_text(draft: MappingDraft) -> str:
    """An AttributeMapping."""
    lines = [
        *_head("AttributeMapping", draft.name, draft.remarks),
        f"  for: {_FOR[draft.kind]}",
        # A list of comments alone would be no list.
        "  attributes:" if any(line.live for line in draft.lines) else "  attributes: []",
    ]
    for line in draft.lines:
        lines += _line(line, "    ")
    return _text(lines)


def filter_text(draft: FilterDraft) -> str:
    """A ScopingFilter."""
    lines = [
        *_head("ScopingFilter", draft.name, ()),
        f"  for: {_FOR[draft.kind]}",
        "  anyOf:",
    ]
    for group in draft.groups:
        lines += [f"    - name: {in_block(group.name)}", "      allOf:"]
        for clause in group.clauses:
            lines += _line(clause, "        ")
    return _text(lines)


def profile_text(draft: ProfileDraft) -> str:
    """A Profile."""
    lines = [*_head("Profile", draft.name, (_ATTRIBUTES,)), f"  extends: {draft.extends}"]
    for kind, attributes in draft.attributes:
        lines += [f"  {_FOR[kind]}:", "    attributes:"]
        lines += (f"      {in_block(path)}: {flow(fields)}" for path, fields in attributes)
    return _text(lines)


def target_text(draft: TargetDraft) -> str:
    """A Target that does nothing until somebody has looked at it."""
    lines = _head("Target", draft.name, draft.remarks)
    lines += _beside(f"profile: {draft.profile}", _PROFILE)
    if draft.base_url is None:
        url = f"baseUrl: https://tenant-url.invalid/{draft.name}"
        lines += _beside(url, "not in the schema: copy the tenant URL from the application")
    else:
        lines.append(f"  baseUrl: {in_block(draft.base_url)}")
    lines += _beside(f"credential: {draft.name}", _CREDENTIAL)
    lines += comment(_ENABLE, "  ")
    lines.append("  enabled: false")
    if draft.scope is None:
        lines += comment(_SCOPE, "  ")
    lines.append(f"  scope: {(draft.scope or Scope.ASSIGNED).value}")
    lines += _handling("users", draft.users)
    if draft.groups is not None:
        lines += _handling("groups", draft.groups)
    return _text(lines)


_ATTRIBUTES: Final = "What Entra's schema says of attributes, beyond the standard."
_PROFILE: Final = "what the provider can do; `rfc7644` assumes the standard"
_CREDENTIAL: Final = "an alias: the token is bound to it outside the manifests"
_ENABLE: Final = (
    "Write `true` when baseUrl, credential and ownership are right and Entra's job is stopped: two "
    "writers behind one endpoint undo each other's work."
)
_SCOPE: Final = (
    "The schema does not say whether all users and groups are provisioned: `all` if so. "
    "Assignments are not in the schema either: write them as manifests of kind Assignment."
)
_OWNERSHIP: Final = "Entra knows none; `exclusive`: everything behind the endpoint is ours"


def _beside(field: str, why: str) -> Iterator[str]:
    """A field with a comment behind it, or above it where that would be too long."""
    if len(field) + len(why) + 6 <= WIDTH:
        yield f"  {field}  # {why}"
    else:
        yield from comment(why, "  ")
        yield f"  {field}"


def _handling(block: str, draft: HandlingDraft) -> Iterator[str]:
    yield f"  {block}:"
    for text in draft.remarks:
        yield from comment(text, "    ")
    if draft.actions is None:
        yield "    manage: lookup"
        yield f"    mapping: {in_block(draft.mapping)}"
        return
    yield "    manage: full"
    yield f"    actions: [{', '.join(action.value for action in draft.actions)}]"
    yield f"    ownership: exclusive  # {_OWNERSHIP}"
    if draft.filter is not None:
        yield f"    filter: {in_block(draft.filter)}"
    yield f"    mapping: {in_block(draft.mapping)}"
    usual = Removal.DEACTIVATE if block == "users" else Removal.KEEP
    away = draft.out_of_scope or usual
    yield "    deprovision:"
    if block == "users":
        yield f"      disabled: {usual.value}"
    yield f"      outOfScope: {away.value}"
    yield f"      unassigned: {away.value}"
    yield f"      removed: {usual.value}"


def _head(kind: str, name: str, remarks: tuple[str, ...]) -> list[str]:
    lines = [line for text in remarks for line in comment(text)]
    lines += [f"apiVersion: {API_VERSION}", f"kind: {kind}"]
    return [*lines, f"metadata: {{name: {in_flow(name)}}}", "spec:"]


def _line(line: Line, indent: str) -> Iterator[str]:
    """An entry; a short remark stands behind it, others above."""
    entry = f"{indent}- {flow(line.fields)}"
    if not line.live:
        for text in line.remarks:
            yield from comment(text, indent)
        yield f"{indent}# {remark(flow(line.fields))}"
        return
    beside = len(line.remarks) == 1 and len(entry) + len(line.remarks[0]) + 4 <= WIDTH
    if beside and not _has_lines(line):
        yield f"{entry}  # {remark(line.remarks[0])}"
        return
    for text in line.remarks:
        yield from comment(text, indent)
    if len(entry) <= WIDTH and not _has_lines(line):
        yield entry
        return
    dash = "- "
    for name, value in line.fields:
        yield from _field(f"{indent}{dash}{name}:", value, indent)
        dash = "  "


def _has_lines(line: Line) -> bool:
    return any(isinstance(value, str) and "\n" in value for _, value in line.fields)


def _field(name: str, value: Written, indent: str) -> Iterator[str]:
    """A field on its own line; text of several lines as it is, where YAML can hold that."""
    parts = value.split("\n") if isinstance(value, str) else []
    if len(parts) > 1 and _can_be_block(parts):
        yield f"{name} |-"
        for part in parts:
            yield f"{indent}    {part}" if part else ""
    else:
        yield f"{name} {in_list(value) if isinstance(value, tuple) else in_block(value)}"


def _can_be_block(parts: list[str]) -> bool:
    """Whether lines can stand as they are, and none looks like a comment to a tool."""
    return (
        all(part.isprintable() and not part.lstrip().startswith("#") for part in parts)
        and bool(parts[0][:1].strip())
        and bool(parts[-1].strip())
    )


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
