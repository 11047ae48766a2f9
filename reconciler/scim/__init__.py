"""The wire: SCIM 2.0 as a client speaks it (RFC 7643, RFC 7644). Theory of operation.

What this package promises to the rest
======================================

1. *What was not read is never taken for absent.* A listing says whether it is complete, a group's
   members are a set, `Probed` (what is known of some) or `Unread`, and an absence comes from `find`
   or a 404 of the provider itself.
2. *A write that may have been carried out is not sent again.* It raises `OutcomeUnknownError`, and
   whoever sent it has to look.
3. *A declared rate is not exceeded*, however many calls are under way.
4. *Nothing leaks*: no token, URL, filter or body reaches a message, a log or an exception's chain.

How a call becomes an answer
============================

::

    client       create, update, delete, add_members, remove_members, get, find, listing
      │  creation, patch, filters, spelling: our values ──► a Call         (pure)
      ▼
    bundle       the first writes of several tasks ──► one Call            (where asked for)
      │  bulk: several Calls ──► one, and its answer ──► theirs             (pure)
      ▼
    sender       one Call, several attempts ◄── protocol.decide: Done, Wait or Stop   (pure)
      │  pace: may it leave now?
      ▼
    http.Wire    one request ──► Reply or Failure: never an exception of the HTTP library
      │
      ▼  answers.read_answer: Reply ──► Answer, Refusal or NotScim        (pure)
    client
      │  bodies: JSON ──► Resource, Page                                    (pure)
      ▼  paging.Walk: pages ──► Listing, complete or with its gap           (pure)
    snapshot     users, groups, members of each group ──► Actual
                 and, where nothing shows members, the answers about those who matter

Everything marked pure is tested by tables, without a socket. `connection` decides where requests
may go before there is anything to send.

Lenient in reading, strict in writing
=====================================

Providers send names in any case, numbers as text, text as numbers, lists where there should be
one value. Names are folded once (`model.path.fold`), unknown attributes are kept and ignored, and
one odd row costs only itself. A list is asked for without `count` and whatever else helps where a
provider fails on it, and a body is sent as `application/json` where it takes no other. What cannot
be forgiven is what makes an absence uncertain: a row without an id or of another kind, a total that
does not fit, a page that comes twice.

What we send is the common part of what providers understand: lower-case `op`, JSON booleans, one
operation per attribute with a `path`, extension attributes behind their URN, members removed one
by one through `members[value eq "…"]`. A provider that differs says so in its profile.

Why a filter is not believed
============================

There are providers that ignore `filter` and send everybody, and providers that send nobody. So
each row is compared again by us, and an empty answer leads to a complete listing before anybody
may conclude that somebody does not exist.

What is never followed
======================

`meta.location`, `$ref`, `Location` and redirects: each could lead the token to another host. A
resource's address is made from the base URL and its id. (Of a Bulk result's `location` the id is
read where the result shows no resource, and of a member's `$ref` where the member has no `value`;
nothing else.)
"""
