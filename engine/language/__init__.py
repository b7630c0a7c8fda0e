"""The expression language of every rule file: parse, check, compile, evaluate, explain."""
