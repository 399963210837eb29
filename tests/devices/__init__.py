"""tests of devices/: where something was measured."""
