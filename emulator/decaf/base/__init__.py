"""What every room stands on: time, names, ids, settings, errors, events."""
