"""The pure core: standard library only, no clock, no randomness, no files, no processes.

Rooms, inside out: `content` (bytes named by their digest), `files` (trees, layers, the overlay), `image`
(what a registry ships). Imports point inwards, and `tests/test_imports.py` walks them to prove it.
"""
