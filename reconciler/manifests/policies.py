"""A directory of policies as one checked value; the defaults where it says nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.manifests.envelope import POLICIES
from reconciler.manifests.files import is_directory
from reconciler.manifests.kinds import PolicyEntity
from reconciler.manifests.kinds.guardrails import Guardrails
from reconciler.manifests.names import index
from reconciler.manifests.reading import read_directory
from reconciler.manifests.suppress import Suppressions
from reconciler.model.diagnostic import Diagnostic, error, ordered
from reconciler.model.policy import DEFAULT_LIMITS, Policies, Protection
from reconciler.model.show import plain


@dataclass(frozen=True, slots=True)
class LoadedPolicies:
    """What a tree of policies says; `diagnostics` are ordered and not yet suppressed."""

    policies: Policies
    diagnostics: tuple[Diagnostic, ...]
    suppressions: Suppressions
    digest: str


def load_policies(root: Path, prefix: str = "") -> LoadedPolicies:
    """Everything below `root`; a directory that does not exist says nothing.

    `prefix` goes before the names of files in places: `policies/`, say.

    With an error among the diagnostics the policies must not be judged by: the stricter rule may be
    the one that could not be read.
    """
    reading = read_directory(root, POLICIES, prefix)
    _, entities, duplicates = index(reading.manifests, reading.unread)
    guardrails = sorted(_guardrails(entities), key=lambda each: each.at)
    limits = dict(DEFAULT_LIMITS)
    for each in guardrails[:1]:
        limits |= each.limits
    protections = tuple(entity for entity in entities if isinstance(entity, Protection))
    return LoadedPolicies(
        policies=Policies(limits=limits, protections=protections),
        diagnostics=ordered(
            [*reading.found, *duplicates, *_surplus(guardrails), *_not_a_directory(root)]
        ),
        suppressions=reading.suppressions,
        digest=reading.digest,
    )


def _guardrails(entities: Sequence[PolicyEntity]) -> list[Guardrails]:
    return [entity for entity in entities if isinstance(entity, Guardrails)]


def _surplus(guardrails: Sequence[Guardrails]) -> Iterator[Diagnostic]:
    for surplus in guardrails[1:]:
        yield error(
            "duplicate-guardrails",
            f"there is a Guardrails manifest already, in {guardrails[0].at}",
            surplus.at,
            hint="join the two",
        )


def _not_a_directory(root: Path) -> Iterator[Diagnostic]:
    if os.path.lexists(root) and not is_directory(root):
        message = f"{plain(str(root))} is not a directory"
        yield error("missing-root", message, hint="name the directory that holds the policies")
