"""What a call costs: Decaf beside moto's server and beside a bare aiohttp responder, in one run.

Rule: only answers that were checked are counted, and only processes that were started here are ended.
"""
