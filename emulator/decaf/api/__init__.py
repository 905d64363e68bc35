"""The operations of AWS, one function each, and one table of them per service."""
