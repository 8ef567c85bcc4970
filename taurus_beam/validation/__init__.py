"""Schemas, anomalies, drift and skew: what data should look like, and where they do not.

Works on statistics and rows, in TFDV's own protos; nothing here knows Beam.
"""
