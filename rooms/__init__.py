"""The consultation: what may happen in an act, and what did."""
