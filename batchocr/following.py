"""Things of which each follows another, by their numbers, as rows."""

from __future__ import annotations

from collections.abc import Mapping


def in_a_row(first: int, follower: Mapping[int, int]) -> list[int]:
    """Those that follow one another, from a first one on."""
    own = [first]
    while own[-1] in follower:
        own.append(follower[own[-1]])
    return own


def in_rows(follower: Mapping[int, int]) -> list[list[int]]:
    """All rows of two or more, each from its first one on, which follows none."""
    return [in_a_row(first, follower) for first in sorted(follower.keys() - follower.values())]
