"""Instructions that each kernel takes, counted by Valgrind and held to what was counted before.

Unlike times, counts are the same on a busy machine and on another processor, so a check can tell
10 % more from none. ``python -m benchmarks.instructions --help`` says how to run it, and
CONTRIBUTING.md when to renew ``counts.json``.
"""
