"""Observing: the history of events, the statistics of calls, and the log of them."""
