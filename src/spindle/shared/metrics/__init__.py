"""What Prometheus can be told of a process: declared in one place, counted where it happens, read when it is asked."""
