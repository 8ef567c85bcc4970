"""What Beam's ``--setup_file`` runs on the workers; all metadata stands in pyproject.toml."""

from setuptools import setup

setup()
