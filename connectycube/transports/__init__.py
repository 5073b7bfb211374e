"""The ways to reach the service over HTTP."""
