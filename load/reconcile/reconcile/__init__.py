"""Compares raw tables with the Postgres tables that they were loaded from."""
