"""Bytes named by their digest, and the documents that name them."""
