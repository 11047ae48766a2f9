"""One byte form for data that is hashed or compared as a whole (after RFC 8785).

Keys sorted, no white space, UTF-8 as it is. The same input gives the same bytes on every machine.
"""

from __future__ import annotations

import hashlib
import json


def canonical_json(data: object) -> bytes:
    """`data` (made of dicts, lists, text, numbers, booleans, None) as canonical JSON bytes."""
    return json.dumps(
        data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode("utf-8", "surrogatepass")


def digest(data: object) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the canonical form."""
    return "sha256:" + hashlib.sha256(canonical_json(data)).hexdigest()
