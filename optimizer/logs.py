"""optimizer/: where messages for whoever runs Liteweigh go: standard error, a line each."""

import logging

from optimizer import settings

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
ENGINE = __name__.partition(".")[0]


def set_up(*packages: str) -> None:
    """Shows the messages of the engine and of `packages`, from the level of LITEWEIGH_LOG on.

    Those of other libraries are shown from WARNING on. A program that has set up logging already
    keeps its own way of showing.

    Raises:
        SettingError: a setting cannot be used.
    """
    level = settings.from_environment().log
    logging.basicConfig(format=FORMAT)
    for name in (ENGINE, *packages):
        logging.getLogger(name).setLevel(level)
