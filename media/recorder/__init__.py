"""A subscriber that writes what it receives, in a process of its own."""
