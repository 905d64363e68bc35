"""Several nodes as processes, over a PostgreSQL of their own, while processes and connections break."""
