"""What Spotify would do: values in, values out, the time is an argument."""
