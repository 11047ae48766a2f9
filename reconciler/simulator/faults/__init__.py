"""Fault scripts: what goes wrong between a client and the embedded service provider, and when.

A script is YAML. Each fault says *when* (which requests, and which of those in turn) and *does*
one thing; quirks of the profile can be changed beside them::

    quirks: {put: merges, inactiveUsers: vanishes}
    faults:
      - {when: {request: GET /Users, nth: 2}, do: {status: 503, retryAfter: 13s}}
      - {when: {request: PATCH /Groups/*}, do: {reset: after}}

How a request passes::

    request ──► inject ── which faults match? (`matching`, each counts its own requests)
                  │ second writers write first, delays wait
                  ├─ before the work: a status, a reset, a token that is revoked from here on
                  ▼
                the application itself (token, throttle, routes)
                  │
                  ▼ after the work: answers replaced, cut, trickled; lists rewritten (`lists`);
                  │ writes that reads do not show yet (`hiding`)
    answer  ◄─────┘

=============  =====================================================================
`script`       what a script says, as values
`reading`      YAML → script, with everything that is wrong and where; `quirk_values` has the part
               about quirks
`matching`     which requests a fault is about
`inject`       the ASGI middleware that makes it happen
`inner`        requests that the middleware itself sends to the application
`answers`      an answer that was caught before it is sent on
`lists`        totals and rows of a list, made wrong
`hiding`       what reads show while a write is not visible yet
=============  =====================================================================

A reset cuts the connection itself, so it needs a real one: `reconciler simulate` serves on a port
(`simulator.serve` lends the cutter to the application as an ASGI extension).
"""
