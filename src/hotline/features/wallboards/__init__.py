"""Wall boards (大屏): which pages a screen on the wall turns over."""
