"""Lets dbt build what depends on sources that have changed, and nothing else."""
