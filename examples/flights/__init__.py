"""336,776 flights from raw files to a prediction: one preprocessing function, used everywhere."""

import logging

# Beam, when imported, tells of BigQuery clients that nothing here needs.
logging.getLogger().addFilter(lambda record: not record.getMessage().startswith("apitools"))
