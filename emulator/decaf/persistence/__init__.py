"""The state as a whole, written as records and made again from them.

Rule: a record has all that is needed to go on, in types that JSON has; values that follow from others are left out.
Snapshots and the durable store write the same records.
"""
