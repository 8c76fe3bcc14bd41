"""JSON Schema per stream; the file's name is the stream's."""
