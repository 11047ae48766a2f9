"""The filter language of RFC 7644 §3.4.2.2: `grammar` reads and writes it, `evaluation` runs it."""
