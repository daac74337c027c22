"""Events: photos without a long pause or a journey between them."""

from __future__ import annotations

import numpy as np

from engine.search.ports import Ints
from engine.store.database import Library
from engine.training.sources.captures import Doubles, read_captures
from engine.training.sources.source import NONE, Source, group, largest_of

PAUSE_S = 6 * 3600.0
JOURNEY_KM = 50.0  # farther than photos of one outing lie from one to the next
EARTH_RADIUS_KM = 6371.0


def read(library: Library, content_ids: Ints) -> Source:
    """A pause ends an event, and so does a journey between two photos that know where they are.

    Photos that do not know theirs follow time: the journey is taken to lie in the longest pause
    between the two that do.
    """
    captures = read_captures(library, content_ids)
    groups = np.full(len(content_ids), NONE, np.int64)
    pauses = np.diff(captures.seconds)
    ends = pauses > PAUSE_S  # (n - 1,): after this photo
    located = np.flatnonzero(~np.isnan(captures.places).any(1))
    places = captures.places[located]
    for journey in np.flatnonzero(_distance_km(places[:-1], places[1:]) > JOURNEY_KM):
        before, after = located[journey], located[journey + 1]
        ends[before + np.argmax(pauses[before:after])] = True
    groups[captures.rows[:1]] = 0
    groups[captures.rows[1:]] = np.cumsum(ends)
    return Source("events", group(groups, largest_of(content_ids)))


def _distance_km(one: Doubles, other: Doubles) -> Doubles:
    """Great-circle distances (n,) between latitudes and longitudes (n, 2), by haversines."""
    (latitude, longitude), (latitude_2, longitude_2) = np.radians(one).T, np.radians(other).T
    haversine = (
        np.sin((latitude_2 - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(latitude_2) * np.sin((longitude_2 - longitude) / 2) ** 2
    )
    distance: Doubles = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))
    return distance
