"""
The operations of the wire contract as data, and what the package has for each of them.

`python -m tests.operations` prints it operation by operation; `--check` fails below 100 %.
"""
