"""tools/: what developers run beside the app: a picture of the rooms, the tests on all Pythons."""
