"""HTTP: connections, requests in, responses out. It has a handler for each prefix of paths, from any room."""
