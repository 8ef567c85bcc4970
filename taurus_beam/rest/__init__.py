"""Artifacts served over HTTP: the Open Inference Protocol, plain JSON rows and Arrow.

Only this room knows the web framework; what a request means is decided by `taurus_beam.serving`.
"""
