"""Reports (统计报表): the catalogue over the metric dictionary, answered by the statistics store."""
