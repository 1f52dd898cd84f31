"""People of a clinic at their screens."""

from typing import TYPE_CHECKING, Literal

import msgspec

from actors.config import Secret
from web.client import Client

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

Scheme = Literal["light", "dark"]
WIDE = (1440, 900)
"""Pixels of an ordinary screen."""


class Seat(msgspec.Struct, frozen=True):
    """Somebody who can sign in."""

    login: str
    password: Secret


class Clinic(msgspec.Struct, frozen=True):
    """A clinic of the system at `url`, and one person of each role. The agent's login is the agent's id, too."""

    url: str
    name: str
    administrator: Seat
    supervisor: Seat
    agent: Seat

    async def administer(self, client: Client) -> None:
        """Sign the client in as the administrator."""
        await client.sign_in(self.name, self.administrator.login, self.administrator.password.reveal())


async def sit_down(
    browser: "Browser",
    clinic: Clinic,
    seat: Seat,
    *,
    size: tuple[int, int] = WIDE,
    scheme: Scheme = "light",
    init_script: str | None = None,
) -> "Page":
    """A browser window of one's own, signed in and connected. `init_script` runs in the page before anything else."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="no-preference"
    )
    page = await context.new_page()
    if init_script is not None:
        await page.add_init_script(init_script)
    await page.goto(clinic.url)
    await page.get_by_label("Clinic").fill(clinic.name)
    await page.get_by_label("Login").fill(seat.login)
    await page.get_by_label("Password", exact=True).fill(seat.password.reveal())
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("[data-phase=connected]").wait_for()
    return page
