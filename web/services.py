"""What a gateway stands on, handed in, and what it builds from that for itself."""

from dataclasses import dataclass

from aiohttp import web

from persistence.accounts import Accounts
from persistence.notes import Notes
from persistence.projections import Projections
from persistence.sessions import Sessions
from persistence.tenants import Tenants
from persistence.vault import Vault
from web.addresses import Addresses
from web.config import GatewayConfig
from web.house import House
from web.live import LivePictures
from web.metrics import Metrics
from web.notes import NoteBook
from web.passwords import PasswordChecker
from web.sessions import SessionKeeper
from web.shared import Shared
from web.sockets import Sockets
from web.throttle import SignInThrottle
from web.tickets import Tickets
from web.vault import Seal, SubjectVault


@dataclass(frozen=True)
class Services:
    """The outside of a gateway. Production brings Postgres, Redis and links; tests bring memory."""

    config: GatewayConfig
    house: House
    shared: Shared
    tenants: Tenants
    accounts: Accounts
    sessions: Sessions
    projections: Projections
    vault: Vault
    notes: Notes


class Gateway:
    """One gateway's own parts, over its services."""

    def __init__(self, services: Services) -> None:
        config = services.config
        hash_key = bytes.fromhex(config.hash_key.reveal())
        vault_key = bytes.fromhex(config.vault_key.reveal())
        self.config = config
        self.house = services.house
        self.shared = services.shared
        self.tenants = services.tenants
        self.accounts = services.accounts
        self.projections = services.projections
        self.addresses = Addresses(config.public_url, config.trusted_proxies)
        self.metrics = Metrics()
        self.passwords = PasswordChecker()
        self.throttle = SignInThrottle(services.shared, hash_key)
        self.sessions = SessionKeeper(services.sessions, services.shared)
        self.tickets = Tickets(services.shared)
        seal = Seal(vault_key, hash_key)
        self.vault = SubjectVault(services.vault, seal, services.shared)
        self.notes = NoteBook(services.notes, services.vault, seal)
        self.live = LivePictures(services.house, services.shared)
        self.sockets = Sockets(self.sessions)


GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)
