"""Speed, as ratios in one run: ``uv run --group benchmarks python -m benchmarks``."""
