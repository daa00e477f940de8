"""The outermost house: the wire, the sessions, and the wiring of the others."""
