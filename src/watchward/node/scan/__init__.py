"""Finding attacks in files of telemetry, without a running node."""
