"""The embedded engine: SIP, RTP and WebRTC in one process of its own (`hotline voice`)."""
