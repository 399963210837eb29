"""tests/browser: the app in a real Chromium.

The lead has written chromium.py, conftest.py and test_whole_way.py (sample to download, own model
and data, reload and second browser, nothing from elsewhere, no TensorFlow in the server). Build on
their fixtures; the other walks are still to be written.
"""
