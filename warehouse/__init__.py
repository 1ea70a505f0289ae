"""Settings, the connection, the embedded server and the contract of a Python model."""
