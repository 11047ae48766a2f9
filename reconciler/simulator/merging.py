"""A PUT that merges: what it leaves out stays, and what it says has no value goes."""

from __future__ import annotations

from reconciler.simulator.definitions import RESOURCE_TYPES
from reconciler.simulator.dialect import is_nothing
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.records import Stored
from reconciler.simulator.values import Document, Json


def with_required(body: Json, old: Stored) -> Json:
    """The body with the required attributes that it leaves out: they are there already."""
    if not isinstance(body, dict):
        return body
    given = {name.lower() for name in body}
    missing: Document = {
        attribute.name: old.document[attribute.name]
        for attribute in RESOURCE_TYPES[old.kind].core.attributes
        if attribute.required and attribute.name.lower() not in given
    }
    return {**missing, **body}


def without(document: Document, body: Json, quirks: Quirks) -> Document:
    """The document without what the body says has no value."""
    unassigned = {
        name.lower(): value
        for name, value in (body.items() if isinstance(body, dict) else ())
        if is_nothing(value, quirks) or isinstance(value, dict)
    }
    left: Document = {}
    for name, value in document.items():
        said = unassigned.get(name.lower(), value)
        if isinstance(said, dict) and isinstance(value, dict) and said is not value:
            left[name] = without(value, said, quirks)
        elif name.lower() not in unassigned:
            left[name] = value
    return left


def merged(old: Document, new: Document) -> Document:
    """The old document with the new one's values; complex values and extensions merge as well."""
    found = dict(old)
    for name, value in new.items():
        held = found.get(name)
        found[name] = (
            {**held, **value} if isinstance(held, dict) and isinstance(value, dict) else value
        )
    return found
