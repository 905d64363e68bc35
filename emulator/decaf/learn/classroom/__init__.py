"""A room of learners: one front, with a server of their own for each, and a board with everyone's progress.

Rule: a server has one clock, and a lesson kills it, so learners share none. What the board shows of a learner is what
the wire of that learner's server shows; nobody can report it.
"""
