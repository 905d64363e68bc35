"""The operations of AWS, one function each and one table per service: what a call asks for, done on the domains."""
