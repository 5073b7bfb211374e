"""
What `connectycube doctor` looks at.

Each check is a function: what it needs to see is fetched in one place, and a pure judge says what
that means. `checks.CHECKS` is the list of them.
"""
