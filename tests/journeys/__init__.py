"""Real clients against a running server, from end to end."""
