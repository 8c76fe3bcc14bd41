"""The streaming service's own database: a real PostgreSQL server and what the world puts in it."""

from __future__ import annotations
