"""Session descriptions: what the relay reads, how it chooses, what it writes (RFC 8829, RFC 8866)."""
