"""How much a line carries, and who gets which layer."""
