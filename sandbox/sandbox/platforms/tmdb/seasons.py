"""A series' seasons as TMDB arranges them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.world.model import Season

if TYPE_CHECKING:
    from sandbox.world.model import TitleView

_SPECIALS_IDS = 4_000_000


def seasons(view: TitleView) -> list[Season]:
    """Return a series' seasons as TMDB has them: specials are episodes of a season 0."""
    found = []
    specials = []
    for season in view.seasons:
        specials += [item for item in season.episodes if item.number is None]
        numbered = tuple(item for item in season.episodes if item.number is not None)
        found.append(replace(season, episodes=numbered))
    if not specials or any(season.number == 0 for season in found):
        return found
    extra = Season(
        tmdb_id=_SPECIALS_IDS + view.tmdb_id,
        tvmaze_id=0,
        number=0,
        name="Specials",
        premiere=specials[0].airdate,
        end=specials[-1].airdate,
        overview="",
        vote_average=0.0,
        poster_path=None,
        episodes=tuple(replace(item, number=place) for place, item in enumerate(specials, 1)),
    )
    return [extra, *found]
