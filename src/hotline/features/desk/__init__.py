"""The agent's desk (座席工作台): own state, the running call, the verbs of the softphone bar."""
