"""The figures of a report and of the record, each drawn from metrics and from the tables beside it."""
