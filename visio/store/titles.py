"""Titles as people look for them and put them in order: without case and accents."""

from visio.store.words import folded


def sort_title(title: str) -> str:
    """What a room is found and sorted by."""
    return folded(title)[:LONGEST]


LONGEST = 400
"""Letters of a folded title that count: some signs become several."""
