"""Functions as Lambda has them: what is registered, how it is invoked, and what comes of an invocation."""
