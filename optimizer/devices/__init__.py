"""devices/: where latency and memory are measured; today the machine that runs this."""
