"""How one node passes a request on to another: frames of many calls on one connection.

Rule: a request is handed to a socket at most once. Where it is not known whether it was carried out, its client gets
503 and decides itself.
"""
