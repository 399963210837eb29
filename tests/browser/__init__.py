"""tests in a real browser: the app, whole, in Chromium."""
