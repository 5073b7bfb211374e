"""Strategies: the ways to obtain a session."""
