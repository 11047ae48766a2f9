"""What is known of one plan, and of one apply, when the statements are asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.lives.behind import Truth, path_of
from tests.lives.oracle import Oracle
from tests.lives.wire import Incident, Log

Change = Mapping[str, Any]


@dataclass(frozen=True)
class Planned:
    """A saved plan, Git and the provider when it was made, and what of it was read badly.

    `cut`: "user", "group" and "members", as far as their reading was spoilt for certain.
    `deactivated`: whom we have switched off, and when. `edited`: somebody has changed the file.
    """

    file: str
    plan: Mapping[str, Any]
    violations: tuple[Mapping[str, Any], ...]
    code: int
    truth: Truth
    oracle: Oracle
    cut: frozenset[str] = frozenset()
    deactivated: Mapping[str, datetime] = field(default_factory=dict)
    edited: bool = False

    @property
    def changes(self) -> list[Change]:
        return list(self.plan["changes"])

    @property
    def undoes(self) -> bool:
        return self.plan["undoes"] is not None

    @property
    def violated(self) -> set[tuple[str, ...]]:
        """Each check that it does not pass, with the changes that tripped it."""
        return {(violation["check"], *violation["hashes"]) for violation in self.violations}

    def id_of(self, principal: str) -> str | None:
        """The live id behind a key of the plan; None for whom the plan creates."""
        found: str | None = self.plan["principals"].get(principal, {}).get("id")
        return found


@dataclass(frozen=True)
class Carried:
    """An apply, and all that was sent. `outcomes` is None where the run told none."""

    planned: Planned
    code: int
    outcomes: tuple[Mapping[str, Any], ...] | None
    log: Log
    before: Truth
    after: Truth
    incident: Incident | None = None
    canary: int = 0

    @property
    def undisturbed(self) -> bool:
        return self.incident is None


def written(change: Change) -> dict[str, Any]:
    """The attributes that a change gives to a live resource, by their path in a `Truth`."""
    match change["action"]:
        case "deactivate":
            return {"active": False}
        case "setReferences":
            return {path_of(part["path"]): part["after"] for part in change["references"]}
        case _:
            return {path_of(part["path"]): part["after"] for part in change.get("changes", [])}


def name_in(change: Change) -> str:
    """What a create calls whom it makes."""
    wanted = "userName" if change["kind"] == "user" else "displayName"
    return str(next(part["value"] for part in change["values"] if part["path"] == wanted))


def made(change: Change, truth: Truth) -> list[str]:
    """Whoever is called as a create wants it; names of groups may be had twice."""
    attribute = "userName" if change["kind"] == "user" else "displayName"
    there = truth.of(change["kind"]).items()
    return [live for live, values in there if values[attribute] == name_in(change)]
