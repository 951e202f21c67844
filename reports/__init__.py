"""Pure renderers: run results in, documents out."""
