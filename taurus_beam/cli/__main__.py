"""``python -m taurus_beam.cli``: the command line by way of an interpreter that is named.

What starts pipelines as Python programs, such as Airflow's operators for Beam, runs commands so.
"""

from taurus_beam.cli import main

if __name__ == "__main__":
    main()
