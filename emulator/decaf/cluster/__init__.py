"""Several nodes over one database: which of them is active, and how the others pass calls on to it."""
