"""The committed record in reports/: published, verified, compared."""
