"""Reports for people: statistics, schemas and anomalies as one self-contained HTML page.

Only protos come in and only text goes out; nothing here computes a statistic.
"""
