"""`visite load`: virtual participants who join over the public API, send made-up media, and measure what arrives."""
