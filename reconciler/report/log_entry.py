"""One line of the provisioning log: what one run did, or did not do, with one object.

The fields are those of Entra's log (`provisioningObjectSummary` of Graph), so that queries and
workbooks that read one read the other; what only we know stands under `reconciler`. Everything that
could act on a terminal or in a CI log is escaped when a line is written.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

from reconciler.model.entry_code import Category, EntryCode

Status = Literal["success", "failure", "skipped", "warning"]
Action = Literal["create", "update", "delete", "stagedDelete", "disable", "other"]
StepName = Literal[
    "EntryImport",
    "EntryImportAdd",
    "EntryImportUpdate",
    "EntrySynchronizationScoping",
    "EntrySynchronizationAdd",
    "EntrySynchronizationSkip",
    "EntryExportAdd",
    "EntryExportUpdate",
    "EntryExportUpdateSoftDelete",
    "EntryExportDelete",
]
StepType = Literal["import", "scoping", "matching", "processing", "referenceResolution", "export"]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class Initiator(_Part):
    """Who ran it."""

    id: str
    display_name: str
    initiator_type: Literal["user", "application", "system"]


class System(_Part):
    """Where identities come from, or go to."""

    id: str
    display_name: str
    details: dict[str, JsonValue]


class ServicePrincipal(_Part):
    """The target: Entra's word for what we call so."""

    id: str
    display_name: str


class Identity(_Part):
    """The object on one side. `id` is the object id in Git, or the provider's own id."""

    id: str | None
    display_name: str
    identity_type: Literal["User", "Group"]
    details: dict[str, JsonValue]


class ErrorInformation(_Part):
    """Why it was skipped or failed, and what to do."""

    error_code: EntryCode
    reason: str
    additional_details: str | None
    error_category: Category
    recommended_action: str


class StatusInfo(_Part):
    """How it ended."""

    status: Status
    error_information: ErrorInformation | None


class Step(_Part):
    """One step on the way, in Entra's names."""

    name: StepName
    provisioning_step_type: StepType
    status: Status
    description: str
    details: dict[str, JsonValue]


class ModifiedProperty(_Part):
    """An attribute, or one member, before and after; `[Redact]` where it must not show."""

    display_name: str
    old_value: str | None
    new_value: str | None


class LoggedChange(_Part):
    """One change of the plan. `status` is its outcome's; null where nothing was carried out."""

    hash: str
    action: str
    cause: str
    reason: str
    file: str | None
    line: int | None
    status: str | None
    detail: str | None
    request_ids: tuple[str, ...]


class Ours(_Part):
    """What Entra's log has no place for."""

    subject: str
    target: str
    file: str | None
    line: int | None
    commit: str | None
    plan_digest: str
    changes: tuple[LoggedChange, ...]


class LogEntry(_Part):
    """One object and run.

    `cycleId` is the run, `jobId` the target, `changeId` the object in this plan: the same for a
    plan that is carried out twice.
    """

    id: str
    activity_date_time: datetime
    tenant_id: str | None
    job_id: str
    cycle_id: str
    change_id: str
    provisioning_action: Action
    duration_in_milliseconds: int
    initiated_by: Initiator
    source_system: System
    target_system: System
    service_principal: ServicePrincipal
    source_identity: Identity
    target_identity: Identity
    provisioning_status_info: StatusInfo
    provisioning_steps: tuple[Step, ...]
    modified_properties: tuple[ModifiedProperty, ...]
    reconciler: Ours


def entry_data(entry: LogEntry) -> dict[str, JsonValue]:
    """An entry as JSON data."""
    data: dict[str, JsonValue] = entry.model_dump(mode="json", by_alias=True)
    return data


def entry_line(entry: LogEntry) -> str:
    """An entry as one line, without the line's end.

    ASCII alone, and without the one spelling that a CI runner takes for a command inside a line;
    both are the same JSON.
    """
    text = json.dumps(entry_data(entry), separators=(",", ":"))
    return text.replace("##[", "#\\u0023[")


def log_schema() -> dict[str, object]:
    """The JSON Schema of one line."""
    schema = LogEntry.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": _DRAFT, **schema, "title": "A line of the provisioning log"}


_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
