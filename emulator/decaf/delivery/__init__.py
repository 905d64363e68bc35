"""How what is published reaches its subscribers: who decides, who waits, and what carries it."""
