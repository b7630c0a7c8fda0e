"""Frozen records that everything else speaks in; no behaviour beyond their own arithmetic."""
