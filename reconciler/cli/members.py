"""Members of providers that do not show them: asked for once it is known who matters."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model.profile import MembersIn
from reconciler.model.resource import Actual
from reconciler.plan.probing import to_ask
from reconciler.plan.scene import Scene
from reconciler.scim.client import ScimClient
from reconciler.scim.reader import Progress
from reconciler.scim.snapshot import ask_for_members


async def with_members(
    client: ScimClient,
    actual: Actual,
    scene_of: Callable[[Actual], Scene],
    progress: Progress | None = None,
) -> Scene:
    """The scene of what was read; where nothing shows members, of what asking for them adds to it.

    Whom to ask for follows from who is who, so the scene is set before, and once more after.
    """
    scene = scene_of(actual)
    if scene.profile.members_in is not MembersIn.PROBED:
        return scene
    return scene_of(await ask_for_members(client, actual, to_ask(scene), progress=progress))
