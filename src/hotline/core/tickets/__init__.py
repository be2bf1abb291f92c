"""Tickets (工单) as far as they are pure: the table of their states, and deadlines in working time."""
