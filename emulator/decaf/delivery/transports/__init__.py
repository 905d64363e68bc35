"""How notifications are delivered: one small file per transport."""
