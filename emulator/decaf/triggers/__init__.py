"""What invokes functions by itself: asynchronous invocations, and the mappings of queues to functions."""
