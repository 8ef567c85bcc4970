"""The graph of a preprocessing function: types, symbolic columns, nodes, phases, freezing.

This room defines what operations and analyzers are; which ones exist is said in
`taurus_beam.transforms` and `taurus_beam.analyzers`. It never imports Apache Beam.
"""
