"""What carrying a plan out costs: requests by method, and seconds at a declared rate.

The executor sends exactly this many requests when nothing goes wrong:

* *Writes.* A create is one POST (a group is created without members); a delete is one DELETE; an
  update, a reactivation and a deactivation are one PATCH each, or as many as their operations take
  where one PATCH takes so many only (`budget.patches_of`); n members are added or removed in
  ⌈n / `additions_per_patch`⌉ PATCH requests (removed: `removals_per_patch`). Where there is no
  PATCH, each of these is a GET and a PUT. A list of members that is replaced or emptied is one
  request after one more look. Where the profile has Bulk, those that go `together` are one POST.
* *Reading back.* One GET after each change that takes away: a deactivation, a deletion, a removal
  of members. After every other one as well, where the profile says `safety.readBack`. Where nothing
  shows members, one for each who has left, and for some of those who have joined or are to stay
  (`probing`).
* *Looking again before anything is written*, in whichever way is cheaper (`recheck_for`).

* *Looking once more* (`Estimate.late`, beside the sum): an apply that takes longer than
  `LOOK_LASTS` seconds reads each such change's resource right before it is sent.

What reading everything costs, as the plan did and the next one will, stands beside it (`budget`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil
from typing import TypeGuard, assert_never

from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    Removing,
    SetReferences,
    Update,
)
from reconciler.model.dialect import Updating
from reconciler.model.identity import Kind, member_key
from reconciler.model.plan import Estimate, Population, Recheck
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.target import Target
from reconciler.plan.budget import listing_requests, patches_of, reading_requests
from reconciler.plan.probing import MOST_READ_BACK, witnesses_of
from reconciler.plan.together import together


def estimate(
    changes: Sequence[Change],
    population: Population,
    profile: Profile,
    target: Target,
    asked: int = 0,
) -> Estimate:
    """The cost of carrying `changes` out without faults. `asked`: members whom a reading asks for.

    `seconds` needs a declared rate (`Target.rates`).
    """
    recheck, looks = recheck_for(changes, population, profile)
    cost = Counter(GET=looks)
    written = dict.fromkeys(Kind, 0)
    joining = {c.subject: len(c.members) for c in changes if isinstance(c, AddMembers)}
    shared = together(changes, profile)
    sharing = frozenset(index for parcel in shared for index in parcel)
    for index, change in enumerate(changes):
        spent = _requests(change, profile)
        if isinstance(change, RemoveMembers):
            spent["GET"] += _witnesses(change, joining.get(change.subject, 0), profile)
        if index in sharing:
            spent = Counter(GET=spent["GET"])
        cost.update(spent)
        written[change.kind] += spent.total() - spent["GET"]
    for parcel in shared:
        cost["POST"] += 1
        written[changes[parcel[0]].kind] += 1
    seconds = target.rates(profile).seconds(cost["GET"], written)
    return Estimate(
        recheck=recheck,
        gets=cost["GET"],
        posts=cost["POST"],
        patches=cost["PATCH"],
        deletes=cost["DELETE"],
        seconds=None if seconds is None else round(seconds, 1),
        reading=reading_requests(population.users_live, population.groups_live, profile) + asked,
        puts=cost["PUT"],
        late=sum(1 for change in changes if looked_at_when_late(change, profile)),
    )


def _requests(change: Change, profile: Profile) -> Counter[str]:
    """The requests of one change by method, with those that read it back."""
    patched = _patched(change.kind, profile)
    each = profile.members_in is MembersIn.PROBED  # what is asked for one member at a time
    back = int(profile.safety.read_back)
    match change:
        case Create():
            return Counter(POST=1, GET=back)
        case Update() | Reactivate() | SetReferences() if patched:
            return Counter(PATCH=patches_of(change, profile), GET=back)
        case Deactivate() if patched:
            return Counter(PATCH=patches_of(change, profile), GET=1)
        case Update() | Reactivate() | SetReferences():
            return Counter(PUT=1, GET=1 + back)
        case Deactivate():
            return Counter(PUT=1, GET=2)
        case Delete():
            return Counter(DELETE=1, GET=1)
        case AddMembers(members=members):
            requests = ceil(len(members) / profile.additions_per_patch)
            looks = min(len(members), MOST_READ_BACK) if each else back
            if patched:
                return Counter(PATCH=requests, GET=looks)
            return Counter(PUT=requests, GET=requests + looks)
        case RemoveMembers(members=members, by=Removing.EACH):
            requests = ceil(len(members) / profile.removals_per_patch)
            return Counter(PATCH=requests, GET=len(members) if each else 1)
        case RemoveMembers() if patched:
            return Counter(PATCH=1, GET=2)
        case RemoveMembers():
            return Counter(PUT=1, GET=3)
        case _:
            assert_never(change)


def _witnesses(change: RemoveMembers, joined: int, profile: Profile) -> int:
    """Of those who are to be in a group, some are asked for when others have left it: nothing else
    would show that a provider has emptied it. Of those who joined it just now only where a write
    shows at once."""
    if profile.members_in is not MembersIn.PROBED:
        return 0
    shown = joined if profile.visible_within <= 0 else 0
    return min(witnesses_of(change) + shown, MOST_READ_BACK)


def looked_at_when_late(
    change: Change, profile: Profile
) -> TypeGuard[Update | Reactivate | Deactivate | Delete | SetReferences]:
    """Whether it is compared once more right before it is sent, when the second look is old.

    Not where the provider refuses a write to another version, nor where the client reads right
    before in any case, to put the whole resource. Members have two states only: to add or to remove
    somebody twice is harmless, and nobody else is named.
    """
    match change:
        case Update() | Reactivate() | Deactivate() | SetReferences():
            return change.id is not None and not profile.etags and _patched(change.kind, profile)
        case Delete():
            return not profile.etags
        case Create() | AddMembers() | RemoveMembers():
            return False
        case _:
            assert_never(change)


def _patched(kind: Kind, profile: Profile) -> bool:
    return profile.updating(kind) is Updating.PATCH


def recheck_for(
    changes: Sequence[Change], population: Population, profile: Profile
) -> tuple[Recheck, int]:
    """How apply looks again at what it will touch, and how many GET requests that costs.

    EACH is one GET per distinct live resource that a change is about. It cannot verify that
    somebody is *not* there, so a plan with a create needs LISTING (as does one that adds members
    who must carry a name): the pages of users (if any
    change is about a user or about members), the pages of groups (if any is about a group), and
    one GET per live group whose members change, or that is deleted with them, where the listing
    does not show members. Where nothing shows them, either way asks for each member of a change,
    one by one. EACH is taken when it is possible and not dearer.
    """
    if not changes:
        return Recheck.NONE, 0
    asked = _asked(changes, profile)
    each = len({(change.kind, change.id) for change in changes if change.id is not None}) + asked
    listing = _listing(changes, population, profile) + asked
    if each <= listing and not any(_needs_a_list(change, profile) for change in changes):
        return Recheck.EACH, each
    return Recheck.LISTING, listing


def _needs_a_list(change: Change, profile: Profile) -> bool:
    """Whether a list tells something that no single look does: that somebody is not there, or what
    everybody is called who is sent by name, as whoever joins is, and everybody in a group that is
    put whole."""
    match change:
        case Create():
            return True
        case Delete():
            return False
        case _:
            sends = isinstance(change, AddMembers) or not _patched(change.kind, profile)
            return profile.member_name is not None and change.kind is Kind.GROUP and sends


def _listing(changes: Sequence[Change], population: Population, profile: Profile) -> int:
    members = any(isinstance(change, AddMembers | RemoveMembers) for change in changes)
    gets = 0
    if members or any(change.kind is Kind.USER for change in changes):
        gets += listing_requests(population.users_live, profile)
    if any(change.kind is Kind.GROUP for change in changes):
        gets += listing_requests(population.groups_live, profile)
    if profile.members_in is MembersIn.RESOURCE:
        gets += len({c.id for c in changes if c.id is not None and _touches_members(c)})
    return gets


def _asked(changes: Sequence[Change], profile: Profile) -> int:
    """Memberships that are asked for one by one: of who and what is there before the apply."""
    if profile.members_in is not MembersIn.PROBED:
        return 0
    made = {member_key(change.subject) for change in changes if isinstance(change, Create)}
    asked = 0
    for change in changes:
        if isinstance(change, AddMembers | RemoveMembers) and change.id is not None:
            asked += sum(1 for member in change.members if member not in made)
        if isinstance(change, RemoveMembers):
            asked += witnesses_of(change)
    return asked


def _touches_members(change: Change) -> bool:
    return change.kind is Kind.GROUP and isinstance(change, AddMembers | RemoveMembers | Delete)
