"""What the service's things are in Python: frozen values."""
