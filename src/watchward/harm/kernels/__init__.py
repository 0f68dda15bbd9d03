"""The inner loops of harm, compiled to machine code by numba, without the interpreter's lock.

Each takes numpy arrays and knows nothing of services or suppliers. Where the machine code is kept,
`telemetry.kernels.compiled` says.
"""
