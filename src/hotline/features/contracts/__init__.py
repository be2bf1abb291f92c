"""Contract acceptance (合同考核): what a contract demands, whether a period met it, and evidence that the other party can recompute."""
