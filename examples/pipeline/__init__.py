"""Flights from training to an alert on drifted data: one class, and a controller of its stages."""

import logging

# Beam, when imported, tells of BigQuery clients that nothing here needs.
logging.getLogger().addFilter(lambda record: not record.getMessage().startswith("apitools"))
