"""The state in PostgreSQL, where nodes share it: one owns it, and is the only one that writes; another takes it over.

Nothing here is loaded without the setting `store`.
"""
