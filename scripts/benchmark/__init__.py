"""The cost of a call: Decaf compared with other emulators and with bare servers, in one run.

Rule: only checked responses are counted, and only processes that were started here are ended.
"""
