"""The resources of the service: endpoints, and the typed methods that use them, side by side."""
