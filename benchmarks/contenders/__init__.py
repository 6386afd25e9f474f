"""One module a contender: `python -m benchmarks.contenders.<name> DATA OUT`."""
