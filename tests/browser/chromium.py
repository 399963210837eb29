"""tests/browser: finds a Chromium; `python -m tests.browser.chromium` prints it, or fails."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def find() -> str | None:
    """The browser named by LITEWEIGH_CHROMIUM, one on the PATH, or Playwright's own download."""
    named = os.environ.get("LITEWEIGH_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


if __name__ == "__main__":
    browser = find()
    sys.stdout.write(f"{browser}\n" if browser else "")
    sys.exit(0 if browser else 1)
