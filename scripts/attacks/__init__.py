"""Attacks on servers of our own on this machine, and whether they held: scripts/attack."""
