"""The survey by SMS (短信评价): links to a page on which citizens rate the call they had."""
