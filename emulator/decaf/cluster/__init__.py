"""Several nodes over one database: one is active and has the state, the others pass requests on to it."""
