"""Peers of the relay: one transport each, and what is published or received over it."""
