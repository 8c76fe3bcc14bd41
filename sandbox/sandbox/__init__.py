"""Local stand-ins for the three systems that the pipeline talks to."""
