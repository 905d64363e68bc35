"""The learner's side of the lessons: the folder with the programs, progress, and runs of the programs on a server.

Rule: it is a client like any other, of AWS's calls and of the control API, and runs in real time.
"""
