"""A tree of manifests and a target, and the explanation of one subject between them."""

from __future__ import annotations

from reconciler.desired.desire import desire_from
from reconciler.desired.grounds import Grounds
from reconciler.model.declared import Declared
from reconciler.model.identity import Kind, Subject
from reconciler.model.ledger import Memory
from reconciler.model.policy import DEFAULT_LIMITS, Guard, Limit, Policies
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.resource import Actual
from reconciler.plan.build import build_plan
from reconciler.plan.explain.declared import Explanation, LivePart, Seen, explain
from reconciler.plan.explain.members import Sight
from reconciler.plan.judge import judge
from reconciler.plan.scene import Scene
from reconciler.plan.selection import Selection
from tests.unit.desired.builders_desired import grounds_of
from tests.unit.plan.builders_plan import NOTHING_KNOWN, scene_of

ADA = Subject(Kind.USER, "ada")
OPS = Subject(Kind.GROUP, "ops")
#: Every deactivation needs somebody's word.
STRICT = Policies({**DEFAULT_LIMITS, Guard.DEACTIVATIONS: Limit(0, 0.0, 0)})


def scene_between(grounds: Grounds, actual: Actual, memory: Memory = NOTHING_KNOWN) -> Scene:
    """The target put beside what its grounds come to."""
    return scene_of(
        desire_from(grounds),
        actual,
        target=grounds.target,
        profile=grounds.profile,
        memory=memory,
        as_of=grounds.as_of,
        declared=grounds.declared,
    )


def seen(scene: Scene, policies: Policies | None = None) -> Seen:
    """What a plan for everybody makes of the scene."""
    plan = build_plan(scene, commit=None, selection=Selection())
    return Seen(Sight(scene, plan), judge(plan, policies or Policies()))


def explained(
    tree: Declared,
    actual: Actual | None = None,
    subject: Subject = ADA,
    *,
    profile: Profile = RFC7644,
    memory: Memory = NOTHING_KNOWN,
    policies: Policies | None = None,
) -> Explanation:
    """`subject` at the target `app` of the tree; without `actual` the target is not read."""
    grounds = grounds_of(tree, profile)
    read = None if actual is None else seen(scene_between(grounds, actual, memory), policies)
    return explain(subject, grounds, desire_from(grounds), read)


def live_part(explanation: Explanation) -> LivePart:
    assert explanation.live is not None
    return explanation.live


def story(explanation: Explanation) -> list[tuple[str, str, str, str, str, str | None]]:
    """Every membership: group, member, whether wanted, live, what happens, why it stays."""
    return [
        (m.group.key, m.member.key, m.belonging.wanted, m.live, m.move, m.stays)
        for m in explanation.memberships
    ]
