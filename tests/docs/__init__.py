"""
The documentation is true: every snippet runs, every name and link leads somewhere.

How a snippet is run depends on what it is:

- A *program* calls `anyio.run`, or defines an `async def name(cube: ConnectyCube)` that is called
  with a client of the emulator. It runs by itself.
- A *test* defines functions `test_...`. pytest runs it, beside the files of its page.
- Anything else is a step of its page's *session*: all steps of a page run one after the other, as
  if they were typed at `python -m asyncio`. So a step may lean on the steps before it, and `await`
  at the top.
- A *command* (`sh`) runs in bash, in the folder of its page. One that begins with
  `connectycube emulator` is a server, which the others of its page find.

A snippet with a title is a file of that name, in the folder of its page.
What a snippet prints stands in its comments `# prints a, b`, or in a block `output` after it.
"""
