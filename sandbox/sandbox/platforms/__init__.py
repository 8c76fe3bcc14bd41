"""The stand-in for the streaming-platform APIs: one HTTP server that plays them all.

A platform is one module (or subpackage) that describes itself as a
:class:`~sandbox.platforms.core.Platform`; listing it in :mod:`sandbox.platforms.registry`
puts it on the server under ``/<its name>/``.
"""
