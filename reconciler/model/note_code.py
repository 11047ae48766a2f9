"""Why somebody is not as Git wants them, or what else is worth knowing of them: one code for each.

Codes stand in plan files and reports, and other programs may rely on them: none changes its text.
"""

from __future__ import annotations

from enum import StrEnum


class NoteCode(StrEnum):
    """What an undetermined standing and every note of a plan carry."""

    # What Git says cannot be decided, or is nothing that the provider would take.
    MAPPING_ERROR = "mapping-error"
    MAPPING_TYPE = "mapping-type"
    SOURCE_UNDETERMINED = "source-undetermined"
    REQUIRED_VALUE_MISSING = "required-value-missing"
    MATCH_VALUE_MISSING = "match-value-missing"
    DOMAIN_NOT_ACCEPTED = "domain-not-accepted"
    VALUE_TOO_LONG = "value-too-long"
    DUPLICATE_VALUE = "duplicate-value"
    NO_UNIQUE_VALUE = "no-unique-value"
    FILTER_UNDETERMINED = "filter-undetermined"
    MISSING_FILTER = "missing-filter"
    MEMBER_RULE_FAILED = "member-rule-failed"
    EXCLUSION_UNDETERMINED = "exclusion-undetermined"
    ACCOUNT_ENABLED = "account-enabled"
    SOURCE_INCOMPLETE = "source-incomplete"

    # Who is who at the provider cannot be told, or it is somebody else's.
    AMBIGUOUS_MATCH = "ambiguous-match"
    CONTESTED_MATCH = "contested-match"
    IDENTITY_DIFFERS = "identity-differs"
    NOT_OURS = "not-ours"
    FOREIGN_MARK = "foreign-mark"
    NOT_ALONE = "not-alone"
    OWNERSHIP_UNDECIDED = "ownership-undecided"
    UNLOCATABLE = "unlocatable"
    NAME_TAKEN = "name-taken"

    # The target's settings, or the provider, have no way to do it.
    ACTION_OFF = "action-off"
    NO_MARK = "no-mark"
    NO_DEACTIVATION = "no-deactivation"
    NO_DELETION = "no-deletion"
    NO_REACTIVATION = "no-reactivation"
    NO_REMOVAL = "no-removal"
    IMMUTABLE = "immutable"
    CANNOT_UNDO = "cannot-undo"

    # Not everything was read, so nothing is taken away.
    INCOMPLETE_READ = "incomplete-read"
    MEMBERS_UNREAD = "members-unread"
    MEMBERS_UNSEEN = "members-unseen"
    MEMBERS_UNDETERMINED = "members-undetermined"
    UNDECLARED_KEPT = "undeclared-kept"

    # Somebody else comes first.
    NOT_LIVE = "not-live"
    WAITS_FOR_CREATE = "waits-for-create"
    WAITS_FOR_REFERENCE = "waits-for-reference"

    # Worth knowing.
    HELD = "held"
    LEFT_OVER = "left-over"
    MEMBERS_NOT_OURS = "members-not-ours"
    OVERRIDES_SOURCE = "overrides-source"
    DELETION_TO_COME = "deletion-to-come"
    ENDS_SOON = "ends-soon"
    MANY_GROUPS = "many-groups"
    TOO_MANY_GROUPS = "too-many-groups"
    NO_ROOM = "no-room"
