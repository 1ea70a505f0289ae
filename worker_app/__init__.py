"""What a field worker and a dispatcher see, and the HTTP API behind their taps."""
