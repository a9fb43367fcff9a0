"""The digit network: load and predict, build, train, calibrate, measure."""
