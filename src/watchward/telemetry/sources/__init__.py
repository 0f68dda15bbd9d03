"""Files of telemetry, opened and cut into pieces that a decoder takes."""
