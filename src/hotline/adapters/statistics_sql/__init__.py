"""The statistics store on DuckDB, in a process of its own (`hotline statistics serve`): the single owner of one disposable file."""
