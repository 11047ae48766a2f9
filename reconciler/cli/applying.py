"""A saved plan is checked against the world of today, then handed to the executor.

Everything that can refuse a whole plan is here: digest, target, tool version, expiry, verdict.
What can refuse a single change is the executor's business.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reconciler import __version__
from reconciler.apply.brake import StopRequest
from reconciler.apply.execute import EMPTY, Applied, execute
from reconciler.apply.limits import UNLIMITED, Limits
from reconciler.cli.connections import open_target
from reconciler.cli.key import key_for
from reconciler.cli.ledgers import ledger_of
from reconciler.cli.loading import Tree
from reconciler.cli.state import StateDirectory
from reconciler.cli.undoing import keep_applied
from reconciler.cli.world import World
from reconciler.desired.desire import desire_for
from reconciler.desired.grounds import find_grounds
from reconciler.errors import LedgerHeldError, PlanFileError
from reconciler.model.declared import Declared
from reconciler.model.identity import Kind, UserKey
from reconciler.model.outcome import Event
from reconciler.model.plan import Plan
from reconciler.model.policy import Acknowledgement, Verdict
from reconciler.model.show import show
from reconciler.model.target import Target
from reconciler.plan.identity import target_identity
from reconciler.plan.judge import judge_all
from reconciler.plan.sealing import Vault, has_seals, vault_of
from reconciler.report.planfile import SavedPlan

#: How far the clocks of the machines that plan and apply may be apart.
_SKEW: Final = timedelta(minutes=5)
#: Seconds between two looks at a ledger that another run holds.
_PAUSE: Final = 2.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_AGAIN = "make the plan again with `reconciler plan`"


@dataclass(frozen=True, slots=True)
class Finished:
    """What an apply came to: outcomes, and requests by method."""

    applied: Applied
    requests: dict[str, int]


def target_of(saved: SavedPlan, tree: Tree, *, now: datetime) -> Target:
    """The declared target that a plan is for.

    Raises:
        PlanFileError: it is for another target, another version of this tool, or too old.
    """
    wanted = saved.plan.target
    target = tree.declared.targets.get(wanted.name)
    if target is None:
        raise PlanFileError(
            f"the plan is for {wanted.name}, which no manifest declares", hint=_AGAIN
        )
    if not target.enabled:
        raise PlanFileError(
            f"the plan is for {wanted.name}, which is released (enabled: false)",
            hint="nothing is written to a released target",
        )
    profile = tree.declared.profiles[target.profile]
    if target_identity(target, profile) != wanted:
        raise PlanFileError(
            f"the plan is for {wanted.name} with another address, profile or credential than "
            "the manifest has now",
            hint=_AGAIN,
        )
    if saved.plan.tool_version != __version__:
        raise PlanFileError(
            f"the plan was made by version {saved.plan.tool_version}; this is {__version__}",
            hint=_AGAIN,
        )
    if now + _SKEW < saved.plan.as_of:
        raise PlanFileError(
            f"the plan decides as of {saved.plan.as_of:%Y-%m-%d %H:%M} UTC, which is still to come",
            hint="wait until then, or plan without --as-of",
        )
    if now >= saved.plan.expires:
        raise PlanFileError(
            f"the plan expired at {saved.plan.expires:%Y-%m-%d %H:%M} UTC", hint=_AGAIN
        )
    return target


@dataclass(frozen=True, slots=True)
class Release:
    """What still forbids a plan, and the acknowledgements that release something of it."""

    verdict: Verdict
    by: tuple[Acknowledgement, ...]


def release(
    saved: SavedPlan, tree: Tree, given: Sequence[Acknowledgement], world: World
) -> Release:
    """Its own verdict and today's policies, less what is acknowledged.

    A token that releases nothing is told, and not recorded as a word of anybody's: it is a slip, or
    of a plan that took something else away.
    """
    profile = tree.declared.profiles[saved.plan.target.profile]
    today = judge_all(saved.plan, tree.policies, profile.safety)
    every = {(v.check, v.token): v for v in (*saved.verdict.violations, *today.violations)}
    releasable = {v.token for v in every.values() if v.releasable}
    by = tuple(each for each in given if each.token in releasable)
    for token in sorted({each.token for each in given} - releasable):
        world.warn(f"{show(token)} releases nothing of this plan, and is not recorded")
    tokens = {each.token for each in by}
    left = (every[key] for key in sorted(every))
    return Release(Verdict(tuple(v for v in left if not v.releasable or v.token not in tokens)), by)


async def apply_plan(
    saved: SavedPlan,
    *,
    target: Target,
    tree: Tree,
    given: Sequence[Acknowledgement],
    world: World,
    state: StateDirectory,
    run: str,
    progress: Callable[[Event], None] | None,
    limits: Limits = UNLIMITED,
    wait: timedelta = timedelta(),
) -> Finished:
    """Carry the plan out; a first SIGINT or SIGTERM finishes what is in flight and stops.

    `run` is its name in the ledger; `progress` hears each outcome as it falls. While another run
    holds the ledger it is waited for, for as long as `wait` says and the plan is valid.
    """
    profile = tree.declared.profiles[target.profile]
    stop = StopRequest()
    keep_applied(saved, state)
    with _stopping(stop, world):
        async with open_target(target, profile, world, state) as client:

            async def carry_out() -> Applied:
                return await execute(
                    saved.plan,
                    provider=client,
                    profile=profile,
                    ledger=ledger_of(target.name, world, state),
                    run=run,
                    plan_digest=saved.digest,
                    acknowledged=given,
                    now=world.now,
                    sleep=world.sleep,
                    stop=stop,
                    progress=progress,
                    limits=limits,
                    vault=_vault(saved.plan, tree.declared, target, world, state),
                )

            until = min(world.now() + wait, saved.plan.expires)
            applied = await _once_it_is_free(carry_out, until, stop, world)
            return Finished(applied, dict(client.requests))


async def _once_it_is_free(
    carry_out: Callable[[], Awaitable[Applied]], until: datetime, stop: StopRequest, world: World
) -> Applied:
    """Try again for as long as another run holds the ledger, in which case nothing is sent."""
    told = False
    while True:
        try:
            return await carry_out()
        except LedgerHeldError as held:
            if world.now() >= until:
                raise
            if not told:
                world.tell([f"{held.message}; waiting until {until:%H:%M:%S} UTC at most."])
                told = True
        await world.sleep(_PAUSE)
        if stop.requested:
            raise KeyboardInterrupt


def _vault(
    plan: Plan, declared: Declared, target: Target, world: World, state: StateDirectory
) -> Vault:
    """What opens the plan's seals: the manifests of today, asked once more as of the plan."""
    subjects = has_seals(plan.changes)
    if not subjects:
        return EMPTY
    profile = declared.profiles[target.profile]
    key = key_for(declared, target, world.env, state)
    grounds = find_grounds(declared, target, profile, as_of=plan.as_of, key=key)
    people = {UserKey(subject.key) for subject in subjects if subject.kind is Kind.USER}
    return vault_of(desire_for(grounds, people & declared.users.keys()), profile)


@contextmanager
def _stopping(stop: StopRequest, world: World) -> Iterator[None]:
    """While it lasts, a signal asks the executor to stop. A second one, whichever of the two, does
    not wait for what is in flight: that is an intent in the ledger then, and unknown."""
    loop, running = asyncio.get_running_loop(), asyncio.current_task()
    assert running is not None  # noqa: S101  a coroutine runs in a task

    def hear(number: signal.Signals) -> None:
        if stop.requested:
            default()
            world.tell(
                [
                    f"{number.name}: ended at once. What was in flight may have been done, and "
                    "stands in the ledger as unknown; applying the same plan again looks first."
                ]
            )
            running.cancel()
            return
        stop.request(f"a signal ({number.name})")
        world.tell(
            [
                f"{number.name}: finishing what is in flight; the rest is skipped. "
                "A second signal ends it at once."
            ]
        )

    def default() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, hear, number)
    try:
        yield
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        default()
