"""Page -> ink: paper, skew, ruled lines. Pure."""
