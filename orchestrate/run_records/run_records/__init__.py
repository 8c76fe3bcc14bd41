"""Loads the records of runs, and tells people when something is wrong."""
