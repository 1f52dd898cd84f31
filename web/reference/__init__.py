"""The API's description: machine-readable, and as a page that tries things out."""
