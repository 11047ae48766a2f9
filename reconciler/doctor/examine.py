"""One examination from its beginning to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.doctor.finding import Notes
from reconciler.doctor.limits import examine_limits
from reconciler.doctor.line import Line
from reconciler.doctor.network import Place, examine_network
from reconciler.doctor.reading import REQUESTS as READING
from reconciler.doctor.reading import examine_reading
from reconciler.doctor.scratch import Remember, Scratch
from reconciler.doctor.token import examine_token
from reconciler.doctor.writing import REQUESTS as WRITING
from reconciler.doctor.writing import examine_writing
from reconciler.model.examination import Examination
from reconciler.model.profile import Profile
from reconciler.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Held:
    """The token that is used, and when its file was written, if it stands in one."""

    token: Secret
    written: datetime | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What scratch objects are called, and who remembers that there are any."""

    tag: str
    domain: str
    remember: Remember


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined. `place` is None for what is in this process or behind a proxy."""

    target: str
    profile: Profile
    place: Place | None
    held: Held | None
    proxied: bool = False


def announced(*, writes: bool, anonymous: bool) -> int:
    """The most requests that an examination sends."""
    return READING + anonymous + (WRITING if writes else 0)


async def examine(
    patient: Patient, line: Line, anonymous: Line | None, trial: Trial | None, now: datetime
) -> Examination:
    """Everything that can be found out; `trial` allows writes, on objects of its own."""
    notes = Notes()
    profile, left = patient.profile, tuple[str, ...]()
    reachable = patient.place is None or examine_network(patient.place, now, notes)
    if patient.proxied:
        said = "requests go through the proxy that is set, which sees name and certificate"
        notes.note("proxy", said)
    if patient.held is not None:
        examine_token(patient.held.token, patient.held.written, now, notes)
    if profile.token_replaces:
        notes.warn(
            "token",
            "a new token of this endpoint may end the one that is in use, also the IdP's own",
            hint="before anybody generates one, know who else uses the endpoint; Entra stops then",
        )
    domains = await examine_reading(line, anonymous, profile, notes) if reachable else None
    if domains is not None and trial is not None:
        scratch = Scratch(line, profile, trial.tag, trial.domain)
        known = domains.union(profile.users.domains)
        left = await examine_writing(scratch, known, notes, trial.remember)
    examine_limits(line.answers, notes)
    return Examination(
        target=patient.target,
        profile=profile.name,
        family=profile.family,
        findings=tuple(notes.findings),
        compared=notes.compared(profile),
        announced=announced(writes=trial is not None, anonymous=anonymous is not None),
        sent=line.sent + (0 if anonymous is None else anonymous.sent),
        day=f"{now:%Y-%m-%d}",
        left=left,
    )
