"""A simulation of many nodes that share the accounts among them, over one database or several.

Decaf has one active node. This is how many active ones would behave, by the rules in spreading.py and those of
decaf.cluster.beats; nothing here talks to a network or a database, and the same seed returns the same figures.
"""
