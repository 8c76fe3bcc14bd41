"""Signs in everywhere the pipeline does, and says what is missing before any data moves."""
