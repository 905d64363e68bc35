"""The doctor: what is wrong, or unwise, in a running world, seen by what happened in it.

Rule: a check is a pure function of one view, and returns findings; each file has the checks of one subject.
"""
