"""Which row goes into which split, fold or sample, and what splits have in common.

Arrow and NumPy alone: what is decided here for a batch is the same on every engine, in any order
and in batches of any size. Nothing is read or written.
"""
