"""The frozen transform graph on disk: data only, never code; written last by its manifest."""
