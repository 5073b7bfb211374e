"""Measures what the package promises, beside a reference point in the same run."""
