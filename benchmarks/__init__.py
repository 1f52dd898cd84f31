"""Load generators and measurements. They use the running system from outside, as its users do, and judge it by accounts
of their own.
"""
