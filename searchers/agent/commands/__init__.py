"""Commands of an agent's workspace: standard library only, copied there and run by themselves."""
