"""Speed and memory, measured against named rivals in the same run. See `python -m benchmarks -h`."""
