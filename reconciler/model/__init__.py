"""Values that every part shares: frozen, without behaviour that reaches outside.

Nothing here opens a file or a socket, reads the clock or the environment, or logs. A box of the
flow (see `reconciler`) is one type from here; no box is changed in place.
"""
