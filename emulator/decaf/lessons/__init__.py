"""The lessons of `decaf learn`: their texts, what plays around the learner's program, and the checks of the wire.

Rule: a lesson is data and two functions. It knows no terminal, no process and no file of the learner: whoever plays it
provides a Stage, and a check sees a Wire, which is all that a server knows of one account.
"""
