"""The browser app in a real Chromium, over the running system."""
