"""HTTP: connections, requests in, responses out. It knows a handler per path prefix, not whose it is."""
