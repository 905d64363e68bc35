"""A PostgreSQL for tests."""
