"""What real systems get wrong, and how often this world does.

Every number is the share of rows that show the fault, as a fraction of all rows of the table
(or of the rows the description names). The tests assert each of them on a generated world.
"""

from __future__ import annotations

SESSION_WITHOUT_END = 0.015
"""Viewing sessions whose ``ended_at`` stays null: the app crashed."""
SESSION_CLOCK_BACKWARDS = 0.004
"""Viewing sessions with ``ended_at`` before ``started_at``: the device's clock was set."""
SESSION_OVERLONG = 0.006
"""Viewing sessions with more ``watched_seconds`` than the title or episode lasts."""
SESSION_DUPLICATE = 0.005
"""Viewing sessions sent twice: all but ``session_id`` and the row's own times are equal."""
SESSION_LATE = 0.015
"""Viewing sessions that arrive one to six days after they ended (watched offline)."""
SESSION_CORRECTED = 0.02
"""Viewing sessions whose ``watched_seconds`` is corrected one to three days later."""
SESSION_WITHOUT_POSITION = 0.03
"""Viewing sessions with null ``position_seconds``."""
SESSION_WITHOUT_BITRATE = 0.05
"""Viewing sessions with null ``bitrate_kbps``."""
SESSION_WITHOUT_IP = 0.08
"""Viewing sessions with null ``ip``."""
SESSION_WITHOUT_VERSION = 0.01
"""Viewing sessions with ``""`` as ``app_version``."""

EMAIL_MIXED_CASE = 0.04
"""Users whose e-mail has capital letters."""
EMAIL_PADDED = 0.02
"""Users whose e-mail has blanks around it."""
EMAIL_SHARED = 0.005
"""Users who signed up again with the e-mail of an earlier account."""
USER_WITHOUT_NAME = 0.12
"""Users with null ``display_name``; one in ten of these has ``""`` instead."""
USER_WITHOUT_BIRTH_DATE = 0.09
"""Users with null ``birth_date``."""
USER_PLACEHOLDER_BIRTH_DATE = 0.005
"""Users born on 1900-01-01, as forms that insist on a date produce."""
USER_WITHOUT_SOURCE = 0.04
"""Users with null ``signup_source``."""

TITLE_WITHOUT_TMDB_ID = 0.04
"""Titles with null ``tmdb_id``; half of them get one by a later edit, if one comes."""
TITLE_WITHOUT_IMDB_ID = 0.06
"""Titles with null ``imdb_id``."""
TITLE_WITHOUT_GENRES = 0.02
"""Titles whose ``genres`` are ``{}``."""
TITLE_BLANK_GENRE = 0.007
"""Titles whose ``genres`` are ``{""}``."""
TITLE_WITHOUT_RUNTIME = 0.02
"""Titles with null ``runtime_minutes``."""
TITLE_WITHOUT_MATURITY = 0.08
"""Titles with null ``maturity_rating``."""

ERASED_PER_YEAR = 0.12
"""Users erased with all their rows within a year of the start (hard deletes)."""
RATING_REMOVED = 0.06
"""Ratings that are taken back some time after they were given (hard deletes)."""
WATCHLIST_REMOVED = 0.65
"""Watchlist items that are removed some time after they were added (hard deletes)."""
