"""A dashboard over the marts: pages of questions, each with its definitions and its SQL."""
