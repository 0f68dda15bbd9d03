"""The inner loops of detection, compiled to machine code by numba, without the interpreter's lock.

Each takes numpy arrays and knows nothing of rules. Those that find pairs write as many as fit into two arrays that they
are given, and return how many there are: arrays that grow inside a loop would make it ten times slower.

Where the machine code is kept, `telemetry.kernels.compiled` says.
"""
