"""Real mounts: what they do, and that nothing of them is ever left behind."""
