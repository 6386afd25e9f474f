"""Pages of schemes and runs, of what schemes say, of the clock, of classes set by hand."""
