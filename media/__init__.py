"""The relay: packets in, packets out, never decoded."""
