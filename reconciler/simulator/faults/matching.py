"""Which requests a fault is about, and how many of them there have been."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.simulator.faults.script import Action, Fault, Script, When


@dataclass(slots=True)
class Counted:
    """A fault, and how many requests have matched it so far."""

    fault: Fault
    seen: int = 0

    def strikes(self, method: str, path: tuple[str, ...]) -> bool:
        """Whether it strikes at this request, which counts if it matches."""
        when = self.fault.when
        if not _matches(when, method, path):
            return False
        self.seen += 1
        return when.first <= self.seen and (when.last is None or self.seen <= when.last)


@dataclass(slots=True)
class Matcher:
    """All faults of a script, counting while requests come in."""

    counted: list[Counted] = field(default_factory=list)

    @classmethod
    def of(cls, script: Script) -> Matcher:
        return cls([Counted(fault) for fault in script.faults])

    def actions(self, method: str, path: tuple[str, ...]) -> Iterator[Action]:
        """What is to be done at this request, in the order of the script."""
        # Every fault counts the request, whatever the ones before it do.
        struck = [each.fault.action for each in self.counted if each.strikes(method, path)]
        yield from struck


def _matches(when: When, method: str, path: tuple[str, ...]) -> bool:
    if method not in when.methods:
        return False
    if when.path is None:
        return True
    return len(path) == len(when.path) and all(
        wanted in {"*", segment} for wanted, segment in zip(when.path, path, strict=True)
    )
