"""dashboard/server/: beyond this machine the app is served only by an explicit word.

It has no accounts: whoever reaches it has every study. So it does not start where it could be
reached from elsewhere, unless whoever runs it said `LITEWEIGH_AUTH=none`. `Callers` has the same
rule for each request, where another program serves the app.
"""

from dashboard.server.callers import LOCALHOST
from optimizer import settings
from optimizer.errors import SettingError

WORD = f"{settings.variable('auth')}=none"


def fault(address: str | None) -> str | None:
    """Why the server may not start; None if it may, or a setting is wrong, which is said later.

    Args:
        address: Where it is to listen (`server.address`); Streamlit takes None for everywhere.
    """
    try:
        chosen = settings.from_environment()
    except SettingError:
        return None
    if chosen.auth or (address in LOCALHOST and not chosen.hosts):
        return None
    found = (
        f"{settings.variable('hosts')} is set"
        if address in LOCALHOST
        else f"server.address is “{address}”"
        if address
        else "server.address is empty, which stands for every network"
    )
    return (
        f"{found}: others would reach the app, and it does not ask who they are. Whoever reached "
        "it could see, change and delete every study. Serve it on localhost alone, or, where "
        f"something before it asks who they are, say so with {WORD}."
    )
