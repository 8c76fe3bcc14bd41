"""Tests of the Postgres server and what is in it."""
