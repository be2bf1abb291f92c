"""The leader's live page (实时监控): agents, queues, calls and trunks as they are now."""
