"""Long exports (导出任务): files made in the background, with progress, cancelling and an end of their time."""
