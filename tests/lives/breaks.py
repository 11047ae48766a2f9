"""Breaks of the engine, each against a statement of the safety model, which lives should notice.

A break is a text that stands exactly once in a file, and what it becomes. `python -m
tests.fuzz.breaks` tries them in a copy, in lives that go by a few of the rules of `machine`, so
that what shows the break comes often; `tests/fuzz/test_breaks.py` sees that each still fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Break:
    """What goes wrong, against which statement, and the edits: file, text, other text.

    Statement 0 is what Git says, beside the fourteen: Holds, dates, the way back. `by` are rules
    beside the `USUAL` ones.
    """

    name: str
    statement: int
    edits: tuple[tuple[str, str, str], ...]
    by: tuple[str, ...] = ()

    def misfits(self, root: Path) -> Iterator[str]:
        """The files in which an edit does not fit any more."""
        for file, old, _ in self.edits:
            if (root / "reconciler" / file).read_text(encoding="utf-8").count(old) != 1:
                yield f"{self.name}: {file}: {old!r}"

    def carry_out(self, root: Path) -> None:
        for file, old, new in self.edits:
            path = root / "reconciler" / file
            path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def _one(statement: int, name: str, file: str, old: str, new: str, *by: str) -> Break:
    return Break(name, statement, ((file, old, new),), by)


#: The rules by which all lives go.
USUAL: Final = (
    "somebody_joins_or_changes",
    "somebody_comes_or_ends",
    "a_team_comes_or_changes",
    "we_settle",
)
_CUT: Final = "we_apply_after_an_incomplete_read"
_TABLE: Final = ("hr_exports_a_table", "hr_tells_of_somebody", "somebody_is_removed")
_OLD: Final = ("we_plan_for_later", "we_apply_an_old_plan")
_MEDDLE: Final = "somebody_writes_while_we_apply"
_TARGET: Final = "the_target_is_told_otherwise"
_EDIT: Final = "a_stranger_edits_somebody"
_MOVE: Final = "a_stranger_changes_members"


BREAKS: Final = (
    _one(
        1, "leavers are removed though not everybody was read", "plan/leaving.py",
        "    gap = pairing.side.listing.gap\n    if gap is not None:",
        "    gap = pairing.side.listing.gap\n    if False:",
        _CUT, "somebody_is_held_or_let_go",
    ),
    _one(
        1, "members are removed though not everything was read", "plan/members.py",
        "gap = self.scene.users.side.listing.gap or self.scene.groups.side.listing.gap",
        "gap = None",
        _CUT, _MOVE,
    ),
    _one(
        1, "people are created though nobody saw their absence", "plan/provisioning.py",
        "    if pairing.side.listing.gap is not None:\n        return",
        "    if False:\n        return",
        _CUT, "somebody_is_removed",
    ),
    Break(
        "rows that are lost are no gap, and nobody asks for whom the ledger knows", 1,
        (
            ("scim/paging.py", "complete = self.seen == total", "complete = True"),
            ("plan/absences.py", "_MOST: Final = 20", "_MOST: Final = 0"),
        ),
        (_CUT, "somebody_is_removed"),
    ),
    _one(
        1, "a short table is believed", "desired/feeds.py",
        "        or source.expected.fault(feed.rows)\n", "",
        *_TABLE,
    ),
    _one(
        1, "a shrunken table is believed", "desired/feeds.py",
        "        or source.max_shrink.fault(feed.rows, before)\n", "",
        *_TABLE,
    ),
    _one(
        1, "a stale table is believed", "desired/feeds.py",
        "        or _too_old(feed, as_of),", "        ,",
        *_TABLE,
    ),
    _one(
        1, "whoever is missing from a table that is not whole is an orphan", "plan/orphans.py",
        " or pairing.unlocatable or _incomplete_sources(kind, scene):",
        " or pairing.unlocatable:",
        *_TABLE,
    ),
    _one(
        1, "groups let people go of whom a table may know more", "desired/desire.py",
        "crowd = _Crowd.of(users, by_key, frozenset(spared))",
        "crowd = _Crowd.of(users, by_key, frozenset())",
        *_TABLE, _MOVE,
    ),
    _one(
        2, "what carries no mark is ours", "plan/ownership.py",
        "return Claims(frozenset(keys), keys, foreign)",
        "return Claims(frozenset(listing.resources) - foreign.keys(), keys, foreign)",
        "a_stranger_makes_a_group", "groups_are_owned_otherwise", "a_stranger_marks",
    ),
    _one(
        2, "a rule of ownership holds for everybody", "plan/ownership.py",
        "        elif result:\n            owned.append(live_id)",
        "        else:\n            owned.append(live_id)",
        _TARGET, "a_stranger_makes_somebody",
    ),
    _one(
        2, "members who are not ours are taken out", "plan/members.py",
        "leaving = surplus & self.eligible.removable", "leaving = surplus",
        _TARGET, "a_stranger_makes_somebody", _MOVE,
    ),
    _one(
        2, "an additive group loses members", "plan/members.py",
        "if self.group.membership is MembershipMode.AUTHORITATIVE:", "if True:",
        _MOVE,
    ),
    _one(
        3, "a plan switches somebody on", "cli/planning.py",
        "        actual = await read_actual(client, profile, progress=progress)\n",
        "        actual = await read_actual(client, profile, progress=progress)\n"
        "        from reconciler.model.attributes import ACTIVE\n"
        "        from reconciler.model.identity import Kind\n"
        "        for one in list(actual.users.resources)[:1]:\n"
        "            await client.update(Kind.USER, one, {ACTIVE: True})\n",
        _EDIT,
    ),
    _one(
        4, "a value that somebody has changed since is overwritten", "apply/compare.py",
        "        else:\n            moved.append(part.path)",
        "        else:\n            due[path] = part.after",
        *_OLD, _EDIT,
    ),
    _one(
        4, "a group is deleted though somebody has joined it", "apply/compare.py",
        "case frozenset() as members if members - known:", "case frozenset() as members if False:",
        *_OLD, _MOVE, "a_team_is_removed",
    ),
    _one(
        4, "a late write rests on an old look", "apply/late.py",
        "if age <= LOOK_LASTS or not looked_at_when_late(change, run.profile):", "if True:",
        _MEDDLE,
    ),
    _one(
        4, "the version that was seen is not insisted on", "apply/objects.py",
        "return due.version if run.profile.etags else None", "return None",
        _MEDDLE,
    ),
    _one(
        4, "an edited plan is carried out", "report/planfile.py",
        "if stated != digest(content):", "if False:",
        "somebody_edits_a_plan",
    ),
    _one(
        4, "a plan that has expired is carried out", "cli/applying.py",
        "if now >= saved.plan.expires:", "if False:",
        *_OLD, "time_passes",
    ),
    _one(
        5, "what was refused is told as applied", "apply/objects.py",
        "            return failed(change, error.message, code=code_of(error))\n"
        "        case Moved(reason=reason):",
        "            return applied(change, change.id)\n        case Moved(reason=reason):",
        _MEDDLE, _EDIT, "an_answer_is_lost",
    ),
    _one(
        5, "what got no answer is sent again without a look", "apply/deliver.py",
        "finding = await self._examine(first, look)\n        repeatable",
        "finding: Finding | None = due\n        repeatable",
        "an_answer_is_lost",
    ),
    _one(
        6, "a run that goes on does not see what was created before it died", "apply/sight.py",
        "return self.holders.get(create.subject, _NOT_READ)", "return ()",
        "we_die_while_we_apply", "a_team_is_removed",
    ),
    _one(
        7, "a title that is to go stays", "plan/diff.py",
        "    if same(known, before, aim):\n        return None\n    if left_alone",
        "    if same(known, before, aim) or aim is None:\n        return None\n    if left_alone",
        _EDIT,
    ),
    _one(
        8, "one more than is allowed passes", "plan/judge.py",
        "if measure.count <= allowed:", "if measure.count <= allowed + 1:",
        "a_policy_changes", _EDIT,
    ),
    _one(
        8, "a word for some changes releases others", "model/policy.py",
        "digest([self.check, *self.hashes])", "digest([self.check])",
        "we_have_a_word_for_another_plan", "a_policy_changes", "we_plan_for_later",
    ),
    _one(
        8, "any word releases everything", "cli/applying.py",
        "if not v.releasable or v.token not in tokens", "if not v.releasable or not given",
        "we_have_a_word_for_another_plan", "a_policy_changes", "we_plan_for_later",
    ),
    _one(
        8, "a protection can be waved through", "plan/judge.py",
        "        hashes_of(hit),\n        releasable=False,\n    )\n\n\ndef _losers",
        "        hashes_of(hit),\n    )\n\n\ndef _losers",
        "a_policy_changes", *_OLD,
    ),
    _one(
        9, "the first tree of policies judges alone", "plan/judge.py",
        "for rules in policies\n", "for rules in policies[:1]\n",
        "a_policy_changes", _EDIT,
    ),
    Break(
        "members are taken out before others are let in", 10,
        (
            ("model/change.py", "    ADD_MEMBERS = 7\n", "    REMOVE_MEMBERS = 7\n"),
            ("model/change.py", "    REMOVE_MEMBERS = 8\n", "    ADD_MEMBERS = 8\n"),
        ),
        ("somebody_moves",),
    ),
    _one(
        10, "leavers wait until everything else is done", "plan/lifecycle.py",
        "return Step.LEAVERS if _is_urgent(Kind.USER, cause) else Step.DEACTIVATE",
        "return Step.DEACTIVATE",
        _EDIT,
    ),
    Break(
        "people stand in a plan as they do in the documents", 11,
        (
            ("desired/desire.py", "in sorted(grounds.declared.users.items()))",
             "in grounds.declared.users.items())"),
            ("plan/build.py",
             "tuple(sorted(notes, key=lambda n: (n.note, n.kind, n.key, n.code, n.message)))",
             "tuple(notes)"),
        ),
        (_EDIT,),
    ),
    _one(
        12, "a rule that errs does not hold", "desired/membership.py",
        "                elif holds is not False:\n                    uncertain.add(user)\n", "",
        _MOVE,
    ),
    _one(
        12, "a filter that errs lets nobody in", "desired/standing.py",
        "if result.truth is Truth.FALSE:",
        "if result.truth is not Truth.TRUE:",
        _TARGET,
    ),
    _one(
        12, "who is kept out of scope loses memberships", "plan/eligible.py",
        "if event is not None and event.unmanaged and effect in _STAYS:", "if False:",
        _TARGET, "assignments_change", _MOVE,
    ),
    _one(
        13, "what acts on a terminal is shown as it is", "model/show.py",
        "    if text.isascii() and text.isprintable():\n        return text\n",
        "    if text:\n        return text\n",
        _EDIT, "we_look",
    ),
    _one(
        13, "the ledger says who is meant by address", "apply/journal.py",
        'about = tuple(f"{change.action} {change.subject}" for change in changes)',
        "about = tuple(map(str, changes))",
        _EDIT,
    ),
    _one(
        14, "errors in manifests stop nothing", "model/diagnostic.py",
        "return any(d.severity is Severity.ERROR for d in found)", "return False",
        "somebody_writes_nonsense_and_mends_it",
    ),
    _one(
        0, "a hold holds nobody", "desired/standing.py",
        "if hold.valid_at(target.name) and hold.ends.at(as_of, zone) is Phase.WITHIN:", "if False:",
        "somebody_is_held_or_let_go",
    ),
    _one(
        0, "somebody is deleted before their date", "plan/leaving.py",
        "    if due > scene.as_of:", "    if False:",
        _TARGET, "time_passes",
    ),
    _one(
        0, "undoing gives back what a hold took", "plan/undo_ground.py",
        "_KEPT_OUT: Final = frozenset({Cause.HELD, Cause.ENDED, Cause.NOT_YET})",
        "_KEPT_OUT: Final = frozenset[Cause]()",
        "somebody_is_held_or_let_go", "we_undo",
    ),
    _one(
        0, "undoing takes back what somebody has changed since", "plan/undo.py",
        "        elif on.holds(live, part.path, part.after):", "        elif True:",
        "we_undo", _EDIT,
    ),
)  # fmt: skip
