"""A tree of manifests and a target, and the explanation of one subject between them."""

from __future__ import annotations

from reconciler.desired.desire import desire_from, find_grounds
from reconciler.model.declared import Declared
from reconciler.model.identity import Kind, Subject
from reconciler.model.ledger import Memory
from reconciler.model.policy import DEFAULT_LIMITS, Guard, Limit, Policies
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.resource import Actual
from reconciler.plan.build import plan_scene
from reconciler.plan.explain import Explanation, LivePart, Seen, explain
from reconciler.plan.explain_members import Sight
from reconciler.plan.judge import judge
from reconciler.plan.scene import set_scene
from reconciler.plan.selection import Selection
from tests.builders import A_KEY
from tests.unit.desired.builders_desired import NOW

ADA = Subject(Kind.USER, "ada")
OPS = Subject(Kind.GROUP, "ops")
NOTHING_KNOWN = Memory()
#: Every deactivation needs somebody's word.
STRICT = Policies({**DEFAULT_LIMITS, Guard.DEACTIVATIONS: Limit(0, 0.0, 0)})


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
    grounds = find_grounds(tree, tree.targets["app"], profile, as_of=NOW, key=A_KEY)
    desired = desire_from(grounds)
    if actual is None:
        return explain(subject, grounds, desired, None)
    scene = set_scene(
        declared=tree,
        desired=desired,
        actual=actual,
        target=grounds.target,
        profile=profile,
        memory=memory,
        as_of=NOW,
    )
    plan = plan_scene(scene, commit=None, tool_version="0.1.0", selection=Selection())
    verdict = judge(plan, policies or Policies())
    return explain(subject, grounds, desired, Seen(Sight(scene, plan), verdict))


def live_part(explanation: Explanation) -> LivePart:
    assert explanation.live is not None
    return explanation.live


def story(explanation: Explanation) -> list[tuple[str, str, str, str, str, str | None]]:
    """Every membership: group, member, whether wanted, live, what happens, why it stays."""
    return [
        (m.group.key, m.member.key, m.belonging.wanted, m.live, m.move, m.stays)
        for m in explanation.memberships
    ]
