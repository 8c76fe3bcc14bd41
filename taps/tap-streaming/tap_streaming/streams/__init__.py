"""The streams, one module per platform."""
