"""Values of which a plan makes millions: frozen for the type checker, light at run time.

Python freezes a dataclass by setting each field through a function call, which makes creating one
four times as slow. For most values that does not matter. Those with this decorator are made for
every attribute of every person, so they are frozen by the checker alone: assigning to a field is an
error that no change passes CI with, as for every other value here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def light_value(*, order: bool = False) -> Callable[[type[T]], type[T]]:
    """Makes a class a slotted value that compares and hashes by its fields."""

    def made(cls: type[T]) -> type[T]:
        # The hash is the fields' own, which nobody changes; "unsafe" is about those who do.
        return dataclass(slots=True, unsafe_hash=True, order=order)(cls)

    return made
