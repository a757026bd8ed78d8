"""Files as values: nodes, trees, layers, the union of layers and the overlay file system.

Read `node`, then `tree`, then `union` (which layer answers?), then `overlay` (what does a write do?).
"""
