"""Agents of one tenant: the owner of presence, of the offers that agents hold, and of their wrap-up."""

from engine.roster.agents import Agents
from engine.roster.book import Roster

__all__ = ["Agents", "Roster"]
