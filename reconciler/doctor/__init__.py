"""What a service provider really does, found out by asking: before a plan rests on it.

::

    examine (target, profile)
                    ──► network    name, connection, certificate          (not through a proxy)
                        token      there, how old, until when; never shown
                        discovery  what the provider says of itself
                        reading    what lists, filters and errors look like    (sends only reads;
                                   `paging`: long ones, `filtering`: which filters are understood;
                                   `limits`: what answers have said of limits by the way)
                        writing    the same of writes, on objects of its own   (only when asked to;
                                   with `changing` and `operations`)
                        refusing   what is refused, and whether it is without an effect  (likewise)
                          │
                          ▼ findings, and values of the profile as they were seen
                        finding    where profile and provider disagree; `report.examination`
                                   makes a `kind: Profile` of it, to adopt

* What is sent is counted, and never more than was announced (`line.Line`).
* Discovery documents are evidence; the profile decides. Both are shown.
* Scratch objects carry a prefix that is written down before the first of them is made, so that
  another run finds what a killed one left (`scratch`).
* A finding's text may be passed on: it names no token, host, name or address. What only the people
  at this terminal should see stands in `Finding.private`.
"""
