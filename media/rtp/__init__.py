"""RTP: headers, sequence numbers, and what a relay must know of each codec."""
