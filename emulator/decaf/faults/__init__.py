"""Injected faults: rules that make calls and deliveries fail, so that clients can be tested against failures."""
