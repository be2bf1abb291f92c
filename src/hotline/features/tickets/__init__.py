"""Tickets (工单): types with designed forms, the way between agent, departments and leaders, deadlines, answers, reports."""
