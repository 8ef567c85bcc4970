"""Peers that need an environment of their own, and what they answered."""
