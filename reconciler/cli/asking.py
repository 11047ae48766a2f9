"""What is asked for once it is known who matters: members not shown, and people not listed."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model.profile import MembersIn
from reconciler.model.resource import Actual
from reconciler.plan.absences import to_confirm
from reconciler.plan.probing import to_ask
from reconciler.plan.scene import Scene
from reconciler.scim.client import ScimClient
from reconciler.scim.reader import Progress
from reconciler.scim.snapshot import ask_for_members, confirm_absences


async def asked_scene(
    client: ScimClient,
    actual: Actual,
    scene_of: Callable[[Actual], Scene],
    progress: Progress | None = None,
) -> Scene:
    """The scene of what was read, and of what single questions add to it.

    What to ask follows from who is who, so the scene is set before, and once more after.
    """
    scene = scene_of(actual)
    if missed := to_confirm(scene):
        actual = await confirm_absences(client, actual, missed)
        scene = scene_of(actual)
    if scene.profile.members_in is not MembersIn.PROBED:
        return scene
    return scene_of(await ask_for_members(client, actual, to_ask(scene), progress=progress))
