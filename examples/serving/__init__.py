"""From training to predictions over HTTP: two libraries' models behind one transform."""
