"""Professionals and their establishments: a wing. The consultation knows it as `rooms.ports.Directory` only."""
