"""
Other clients at the same work as ours: a module for each, named for its library.

They are the dependency group `peers`. A module fetches its library by name, so that type checkers
ask for none of them, and where one is missing, its import says so.
"""
