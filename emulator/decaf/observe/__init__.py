"""Observing: the history of events, and the statistics of calls."""
