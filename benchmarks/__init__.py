"""Speed and memory against named rivals in the same run. See `python -m benchmarks -h`."""
