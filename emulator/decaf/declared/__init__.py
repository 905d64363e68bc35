"""Declared resources: queues, topics, subscriptions and platform applications that a file states, and export of them.

Rule: a declaration is read into calls, and creating is making these calls, as a client would: no limit and no error
is stated here a second time.
"""
