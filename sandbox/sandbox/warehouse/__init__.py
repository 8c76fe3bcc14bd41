"""A Snowflake account on this machine, for clients that know nothing of it."""
