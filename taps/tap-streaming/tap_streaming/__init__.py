"""Singer tap for streaming platforms: TMDB and TVmaze."""
