"""Reads workbooks and Parquet files in a process of its own, bounded in memory and time.

Such files can make their readers abort, stall or ask for half a terabyte; then only that process
ends. `start` runs `python -m kefen.extraction`, which imports no more than it needs.
"""
