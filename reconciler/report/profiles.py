"""What a profile says of a kind of service provider: each value with its meaning and its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.model.attributes import Characteristics
from reconciler.model.profile import Profile
from reconciler.model.profile.values import values_of
from reconciler.model.provenance import Grade, shown, written_name
from reconciler.model.show import plain
from reconciler.report.style import Style, Tone


@dataclass(frozen=True, slots=True)
class Row:
    """One value: its field as manifests write it, the value, what it means, who vouches for it."""

    field: str
    value: str
    says: str
    grade: Grade
    source: str


def rows(profile: Profile) -> tuple[Row, ...]:
    """Every value, in the order in which profiles are defined."""
    return tuple(_rows(profile))


def list_lines(profiles: Mapping[str, Profile]) -> Iterator[str]:
    """One line for each profile: what it is worth, and how many values are guesses."""
    width = max(map(len, profiles), default=0)
    for name, profile in sorted(profiles.items()):
        guesses = sum(row.grade is Grade.GUESSED for row in rows(profile))
        worth = "unverified" if profile.unverified else f"{guesses} guessed" if guesses else "known"
        extends = f", extends {profile.family}" if profile.name != profile.family else ""
        yield f"{name:{width}}  {worth}{extends}"


def profile_lines(profile: Profile, style: Style) -> Iterator[str]:
    """A whole profile, for people. What is as the RFC has it stands at the end, in short."""
    yield style.mark(Tone.STRONG, plain(profile.name)) + _heading(profile)
    found = rows(profile)
    for row in found:
        if row.grade is not Grade.STANDARD:
            yield ""
            yield f"{row.field}: {plain(row.value)}"
            yield f"  {row.says}"
            tone = Tone.BAD if row.grade is Grade.GUESSED else Tone.QUIET
            yield "  " + style.mark(tone, plain(row.source))
    yield ""
    yield "As the RFC has it, or read with care: " + ", ".join(
        f"{row.field} {plain(row.value)}" for row in found if row.grade is Grade.STANDARD
    )


def profile_data(profile: Profile) -> dict[str, object]:
    """A whole profile, for programs."""
    return {
        "name": profile.name,
        "family": profile.family,
        "unverified": profile.unverified,
        "values": [
            {
                "field": row.field,
                "value": row.value,
                "says": row.says,
                "grade": row.grade.value,
                "source": row.source,
            }
            for row in rows(profile)
        ],
    }


def _heading(profile: Profile) -> str:
    said = f", extends {profile.family}" if profile.name != profile.family else ""
    if profile.unverified:
        said += ": unverified, read in passing and never tried on one of these providers"
    return said


def _rows(profile: Profile) -> Iterator[Row]:
    for each in values_of(profile):
        match each.value:
            case Mapping() if each.kind is not None:
                for path, known in sorted(each.value.items()):
                    yield _row(profile, f"{each.field}.{path}", _known(known), each.says)
            case _:
                yield _row(profile, each.field, each.value, each.says)


def _row(profile: Profile, field: str, value: object, says: str) -> Row:
    source = profile.source(field)
    return Row(written_name(field), shown(value), says, source.grade, str(source))


def _known(known: Characteristics) -> str:
    """Characteristics in the words of RFC 7643 §7, those that are not its defaults."""
    words: Iterable[str] = (
        known.type.value,
        "required" if known.required else "",
        "caseExact" if known.case_exact else "",
        "multiValued" if known.multi_valued else "",
        known.mutability.value,
        f"returned {known.returned.value}",
        f"unique {known.uniqueness.value}" if known.unique else "",
        f"at most {known.max_length}" if known.max_length else "",
    )
    return ", ".join(word for word in words if word)
