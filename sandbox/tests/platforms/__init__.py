"""Tests of the platform APIs' stand-in."""
