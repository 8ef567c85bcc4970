"""Checks of one thing each, by family: condition, type, texts and fix of every anomaly.

A check reads a case and yields findings; it changes nothing itself and knows no other check. Their
order is in `feature_checks`.
"""
