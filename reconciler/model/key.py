"""The one secret of a deployment: it draws random values, and seals those that must not show.

It comes from outside the manifests, so that whoever reads them can foresee no generated password
and guess no sealed value. The same key gives the same draws and the same seals: a plan that is made
twice is the same plan.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from reconciler.model.canonical import canonical_json
from reconciler.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Key:
    """A keyed hash. `secret` shows itself to nobody."""

    secret: Secret

    def digest(self, purpose: str, *about: object) -> bytes:
        """32 bytes that only this key gives for this purpose and these things (JSON data)."""
        message = canonical_json([purpose, *about])
        return hmac.digest(self.secret.reveal().encode(), message, "sha256")


#: For questions whose answer holds no value: is this tree valid, who is in which group. What is
#: drawn or sealed with it is as public as this line, so nothing of it is ever sent or shown.
PUBLIC_KEY: Final = Key(Secret("everybody knows this one"))
