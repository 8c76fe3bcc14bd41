"""Starts a job in dbt Cloud, and ends as the job does."""
