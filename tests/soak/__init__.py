"""Many messages for a long time: nothing is lost, nothing is left."""
