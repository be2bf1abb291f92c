"""Alarms (告警): rules over the live view, what they found, who acknowledged it."""
