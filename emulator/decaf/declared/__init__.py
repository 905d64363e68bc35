"""Declared resources: queues, topics, subscriptions and platform applications of a file, and their export to one.

Rule: a declaration is read into calls, which are then made as a client would make them: no limit and no error of AWS's
is written here a second time.
"""
