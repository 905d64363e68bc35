"""The waiter sees to orders that are for later. Nobody has thought of them yet."""

print("nothing to do", flush=True)
