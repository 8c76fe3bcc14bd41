"""Writes the marts and metrics of the dbt project down for Looker, Tableau, Power BI and OSI."""
