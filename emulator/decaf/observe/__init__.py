"""What is remembered of what happened: the history of events, and statistics of calls."""
