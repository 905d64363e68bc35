"""The same scenarios on Decaf and on moto's server, and a table of where moto departs from AWS."""
