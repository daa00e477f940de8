"""Professionals and their establishments."""
