"""Delivery of notifications: the courier decides, the scheduler waits, transports deliver, wiring builds them."""
