"""A frozen transform graph as an ONNX model, for runtimes of other languages.

Each operation says how it is written (`Operation.onnx`); what cannot be is refused by name.
"""
