"""The statistics store on ClickHouse, for sites that outgrow one machine: the same rows and statements as in DuckDB's file."""
