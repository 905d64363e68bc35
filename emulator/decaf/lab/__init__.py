"""The coffee shop: five scenes that teach queues, topics and functions, played with boto3 against an endpoint.

Rule: the lab is a client like any other. It imports boto3, the standard library and rich, nothing of
Decaf, and it counts and checks everything that it claims.
"""
