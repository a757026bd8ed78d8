"""The outside proof: the same calls, shaped as `os`, on the real Linux kernel and on the engine."""
