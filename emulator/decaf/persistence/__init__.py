"""The state as a whole: written down in records, and made again of them.

Rule: a record says all that is needed to go on, in types that JSON has; what follows from other things is left out.
Snapshots and the durable store write the same records.
"""
