"""The parts that a fresh machine lacks: Postgres, Valkey and a Ray head, private to one state folder.

Each class starts one server as a child process, keeps its passwords in a file that only the owner reads,
and stops exactly what it started. In production the settings name real servers and nothing here runs.
"""
