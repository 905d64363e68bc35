"""Faults on purpose: rules that make calls and deliveries go wrong, so that code which must cope can be tested."""
