"""Examples on real data, each a package to run: ``python -m examples.flights``."""
