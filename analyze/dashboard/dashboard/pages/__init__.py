"""The pages, each with its SQL in the folder of its name in ``dashboard/sql``."""
