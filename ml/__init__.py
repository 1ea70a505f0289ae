"""Python models over the marts: frames in, frames out."""
