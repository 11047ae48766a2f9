"""What a Target takes from a job and its secrets, which are not in the schema.

Only what is named here is looked at. No secret is: not the token, not an OAuth key, not an address
that mails go to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from reconciler.manifests.endpoint import base_url
from reconciler.manifests.entra.origins import Told
from reconciler.manifests.entra.shapes import Job, Secrets
from reconciler.model.show import plain
from reconciler.model.target import Removal, Scope

_TRUE: Final = frozenset({"true", "1"})
_NOT_SECRET: Final = frozenset(
    {"baseaddress", "syncall", "skipoutofscopedeletions", "syncnotificationsettings"}
)
_COMPATIBILITY: Final = "aadoptscim062020"


def tenant_url(secrets: Secrets) -> tuple[str | None, tuple[Told, ...]]:
    """The base URL without the query that Entra takes for switches; None when there is none."""
    written = secrets.get("BaseAddress")
    if written is None:
        return None, ()
    bare, _, query = written.strip().partition("?")
    try:
        found = base_url(bare.rstrip("/"))
    except PydanticCustomError as refused:
        said = f"BaseAddress {plain(refused.message())}, so the tenant URL is left to be filled in"
        return None, (Told("not-carried-over", said),)
    if not query:
        return found, ()
    if query.casefold().removesuffix("=") == _COMPATIBILITY:
        said = "the switch aadOptscim062020 is not needed: requests follow RFC 7644 here"
    else:
        said = "the query of BaseAddress is not carried over"
    return found, (Told("carried-over-differently", said),)


def scope(secrets: Secrets) -> Scope | None:
    """Who is a candidate; None when nobody says."""
    written = secrets.get("SyncAll")
    if written is None:
        return None
    return Scope.ALL if written.strip().casefold() in _TRUE else Scope.ASSIGNED


def out_of_scope(secrets: Secrets) -> Removal | None:
    """Whether those who leave the scope stay as they are."""
    written = secrets.get("SkipOutOfScopeDeletions") or ""
    return Removal.KEEP if written.strip().casefold() in _TRUE else None


def profile(secrets: Secrets, job: Job, names: tuple[str, ...]) -> str:
    """The profile that tenant URL, template or names point to."""
    url, _ = tenant_url(secrets)
    host = (urlsplit(url).hostname or "") if url is not None else ""
    told = " ".join((*names, job.template_id or "")).casefold()
    words = told.replace("-", " ").replace("_", " ").split()
    known = "zscaler private access" in " ".join(words) or "zscalerprivateaccess" in words
    if host.endswith("private.zscaler.com") or known or "zpa" in words:
        return "zpa"
    return "rfc7644"


def lost_settings(secrets: Secrets, job: Job) -> Iterator[Told]:
    """Settings that manifests do not have, each with where it goes instead."""
    settings = {s.name: s.value for s in job.synchronization_job_settings}
    threshold = _threshold(secrets) or settings.get("QuarantineTooManyDeletesThreshold")
    if threshold:
        number = plain(threshold)
        said = (
            f"stops at {number} deletions: write guardrails in the policies for that, for example "
            f"`deletions: {{floor: {number}, cap: {number}}}`; those that hold anyway are stricter"
        )
        yield Told("not-carried-over", said)
    others = sorted(
        {plain(e.key) for e in secrets.value if e.key and e.key.casefold() not in _NOT_SECRET}
    )
    if others:
        said = f"secrets are not carried over ({', '.join(others)}): bind them to `credential`"
        yield Told("not-carried-over", said)
    if secrets.get("SyncNotificationSettings") is not None:
        said = "notifications by mail are not carried over: let the pipeline notify"
        yield Told("not-carried-over", said)
    if job.schedule is not None:
        state, interval = job.schedule.state or "", job.schedule.interval or ""
        said = f"the job is {plain(state) or 'scheduled'}, every {plain(interval)}"
        yield Told("not-carried-over", f"{said}: run plan and apply on a schedule of the pipeline")
    if job.status is not None and job.status.code == "Quarantine":
        yield Told("carried-over-differently", "the job is in quarantine: look at its errors first")


def _threshold(secrets: Secrets) -> str | None:
    """The limit of accidental deletions in the JSON of the notification settings."""
    text = secrets.get("SyncNotificationSettings")
    try:
        found = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or str(found.get("DeleteThresholdEnabled")).lower() != "true":
        return None
    value = found.get("DeleteThresholdValue")
    return str(value) if isinstance(value, int | str) else None
