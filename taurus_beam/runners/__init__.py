"""Running pipelines: which runner by default, its options, and what its failures mean.

This room knows Beam's runners so that the command line need not; it knows nothing of terminals.
Import its files by name: `logs.quiet` is for before Beam is imported.
"""
