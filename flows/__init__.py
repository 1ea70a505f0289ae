"""Scheduled runs: one readable Prefect flow a file, a list of calls into the packages below."""
