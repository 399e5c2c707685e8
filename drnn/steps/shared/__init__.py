"""What several steps have in common: files that one writes and others read, and passes over a subject's videos."""
