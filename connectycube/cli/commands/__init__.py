"""The commands that need the extra `cli`: a file for each, or for a family."""
