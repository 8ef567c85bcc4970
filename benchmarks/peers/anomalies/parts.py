"""What the cases of anomalies are built from."""

from __future__ import annotations

from benchmarks.peers.statistics_text import dataset, datasets


def data(*features: str, examples: int = 10) -> str:
    return datasets(dataset(*features, examples=examples))


INT = 'feature { name: "x" type: INT %s }'
FLOAT = 'feature { name: "x" type: FLOAT %s }'
BYTES = 'feature { name: "x" type: BYTES %s }'
DROPPED = "Column dropped"
