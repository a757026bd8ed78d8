"""What a registry ships: descriptors, manifests, configs, and the image they describe."""
