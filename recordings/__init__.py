"""What we keep: recordings, their catalogue, and when they are destroyed."""
