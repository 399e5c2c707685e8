"""Arrays of recordings in, arrays of features out; no file is opened here."""
