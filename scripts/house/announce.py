"""What a person is told once everything runs: where it is and how to get in."""

from rich.console import Console
from rich.table import Table

from scripts.compose import built_ui
from scripts.house.screen import two_columns
from scripts.house.supervisor import House
from scripts.seed import DemoLogins
from scripts.settings import Settings


def announce(console: Console, house: House, settings: Settings, demo: DemoLogins | None) -> None:
    address = settings.address
    rows = [
        ("App", address if built_ui() else f"{address} (the browser app is not built; the API answers)"),
        ("API description", f"{address}/api/docs"),
        ("Metrics", f"{house.gateway_urls[0]}/metrics"),
    ]
    if house.servers.ray is not None:
        rows.append(("Ray dashboard", house.servers.ray.dashboard_url))
        rows.append(("  its token", f"cat {house.servers.ray.token_file}"))
    if settings.gateways > 1:
        rows.append(("All gateways", "  ".join(house.gateway_urls)))
    rows.append(("Logs", str(settings.state_dir / "logs")))
    console.print()
    console.print(two_columns("Strowger is ready", rows))
    if demo is not None:
        console.print()
        console.print(_logins(demo, settings))
    console.print("\nCtrl-C stops it.")


def _logins(demo: DemoLogins, settings: Settings) -> Table:
    """The demonstration clinic exists on embedded databases only, and these passwords are on this screen's machine."""
    title = f"Sign in to the demonstration clinic {demo.clinic!r} (kept in {settings.state_dir / 'demo_logins.json'})"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 3, 0, 0))
    for heading in ("login", "password", "role"):
        table.add_column(heading, no_wrap=True)
    for login in demo.logins:
        table.add_row(login.login, login.password, login.role)
    return table
