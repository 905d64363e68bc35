"""Shared by the project's tests."""

ORDERS = ("one decaf", "two decafs")
