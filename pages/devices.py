"""pages/: the Devices page: the same files on the machines that they are for."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard import page_files
from dashboard.forms import file_chooser, technique_form, unlock
from dashboard.frames import chips, device_cards, operations
from dashboard.server import sharing
from dashboard.server.engine import engine
from dashboard.state import session
from optimizer import settings
from optimizer.devices.kept import device_at, forget_device, keep_device, kept_devices
from optimizer.devices.measured import MOST_BYTES as MOST_OF_A_RESULT
from optimizer.devices.ssh import PYTHON
from optimizer.devices.wheels import MACHINES, MOST_BYTES, PYTHONS, Platform
from optimizer.errors import LiteweighError
from optimizer.export.device_bundle import INSTALL, SECONDS, device_bundle_name, minutes
from optimizer.export.on_device import make_bundle, run_on
from optimizer.jobs.device_results import known_here, runs_here
from optimizer.jobs.pending import Pending
from optimizer.store.records import Variant
from optimizer.store.study import Study

BUNDLE, SSH = "A bundle, for any machine", "By ssh, a machine of yours"
CHIPS = "Microcontrollers, without one"
PURPOSE = "To reach a machine by ssh with your keys"
NEW = "Another address"
WHERE, NEXT = "devices.where", "devices.next"  # the machine, and which one it is in the next run


def choose_recipes(
    study: Study, key: str, may: Callable[[Variant], bool] = runs_here
) -> tuple[str, ...]:
    """Which variants go along; the baseline always does.

    Args:
        study: Has them.
        key: Of the widget, before its last part.
        may: Which can be chosen.
    """
    baseline, *others = [one.recipe for one in study.index.variants if may(one)]
    chosen = st.multiselect(
        "Variants, beside float32", others, default=others, key=f"{key}.recipes",
        help="Each is tried beside the baseline.",
    )  # fmt: skip
    return (baseline, *chosen)


def about(count: int) -> str:
    """`about 2 minutes`."""
    taken = max(1, round(minutes(count, SECONDS)))
    return f"about {taken} minute{'' if taken == 1 else 's'}"


def show_bundle(study: Study) -> None:
    """Makes a zip, says what to do with it, and takes in what comes back."""
    first, second = st.columns(2)
    with first, st.container(border=True, height="stretch"):
        st.markdown("**1. Make a bundle and copy it to the device**")
        recipes = choose_recipes(study, "devices.bundle")
        platform = choose_wheels()
        wanted = (study.index.id, recipes, platform)
        if st.button("Make the bundle", type="primary", icon=":material/package_2:"):
            st.session_state["devices.wanted"] = wanted
        if st.session_state.get("devices.wanted") == wanted:
            offer_bundle(study, recipes, platform)
    with second, st.container(border=True, height="stretch"):
        name = device_bundle_name(study.index)
        st.markdown("**2. Run it there, with Python 3.10 or later**")
        folder = name.removesuffix(".zip")
        st.code(f"unzip {name}\npython3 {folder}/run.py", language="bash", wrap_lines=True)
        if platform is None:
            st.caption("Once before, if they are not there: NumPy and LiteRT")
            st.code(f"python3 -m {INSTALL}", language="bash", wrap_lines=True)
        st.caption(
            f"It takes {about(len(recipes))}, needs no network, and installs nothing. Let nothing "
            f"else run meanwhile. It writes {folder}/result.json."
        )
        st.markdown("**3. Bring result.json back**")
        called = st.text_input(
            "What to call the device", key="devices.name", placeholder="as it calls itself"
        )
        brought = file_chooser.file(
            "devices.result", "result.json", label=True, megabytes=MOST_OF_A_RESULT // 2**20
        )
        if brought:
            pending = engine().import_result(study, brought.path, called.strip())
            session.begin(pending.then(lambda _: study))
            st.rerun()
        st.caption("It is taken in at once. Compare then shows times of this device too.")


def choose_wheels() -> Platform | None:
    """Whether NumPy and LiteRT go along, and for what."""
    alone = st.toggle(
        "The device has no network: take NumPy and LiteRT along", key="devices.wheels",
        help="Else they must be there; the command that installs them stands beside.",
    )  # fmt: skip
    if not alone:
        return None
    with st.container(horizontal=True):
        machine = st.selectbox("Machine", MACHINES, key="devices.machine", width=160,
                               help="`uname -m` says it there")  # fmt: skip
        python = st.selectbox("Python", PYTHONS, index=1, key="devices.python", width=120,
                              help="`python3 --version` says it there")  # fmt: skip
    st.caption(
        "Making the bundle fetches both from the Python package index, at most "
        f"{MOST_BYTES // 10**6} MB. Nothing of yours is sent there."
    )
    return Platform(machine, python)


def offer_bundle(study: Study, recipes: tuple[str, ...], platform: Platform | None) -> None:
    """Shows progress until it is made, and then the button to download it."""

    def start() -> Pending[Path]:
        file = engine().library.staging() / "bundle.zip"
        return make_bundle(engine(), study, file, recipes, platform=platform)

    made = operations.result("devices.made", (study.index.id, recipes, platform), start)
    if made and made.is_file():
        st.download_button(
            f"Download {device_bundle_name(study.index)}",
            data=made.read_bytes,
            file_name=device_bundle_name(study.index),
            mime="application/zip",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
        )


def show_chips(study: Study) -> None:
    """What the files need on chips that are not here."""
    chips.show(study, choose_recipes(study, "devices.chips", known_here))


def show_ssh(study: Study) -> None:
    """Runs it on a machine that ssh reaches; nothing but name and address is kept."""
    if not unlock.unlocked("devices", PURPOSE):
        return
    home = settings.from_environment().home
    kept = {one.name: one for one in kept_devices(home)}
    if NEXT in st.session_state:
        st.session_state[WHERE] = st.session_state.pop(NEXT)
    where = st.selectbox("Machine", [*kept, NEW], key=WHERE, width=480,
        format_func=lambda name: f"{name} ({kept[name].address})" if name in kept else name,
    )  # fmt: skip
    if where == NEW:
        add_device(home)
        return
    recipes = choose_recipes(study, "devices.ssh")
    with st.container(horizontal=True):
        if st.button("Measure there", type="primary", icon=":material/play_arrow:"):
            pending = run_on(engine(), study, device_at(home, where), recipes)
            session.begin(pending.then(lambda _: study))
            st.rerun()
        if st.button("Forget this machine", icon=":material/delete:"):
            forget_device(home, where)
            session.unsay()
            st.session_state[NEXT] = NEW
            st.rerun()
    st.caption(
        f"It takes {about(len(recipes))}. Your own ssh and scp reach it, with your keys and your "
        "known hosts; no password is asked for, and nothing stays there. Where LiteRT is not "
        "there, it is fetched here from the Python package index and goes along."
    )


def add_device(home: Path) -> None:
    """Asks for a name and an address."""
    with st.form("devices.add", border=False):
        with st.container(horizontal=True):
            name = st.text_input("Name", key="devices.add.name", placeholder="my board")
            address = st.text_input(
                "Address", key="devices.add.address", placeholder="pi@raspberrypi.local"
            )
            python = st.text_input("Python there", PYTHON, key="devices.add.python")
        if st.form_submit_button("Add this machine", icon=":material/add:"):
            kept = keep_device(home, name, address, python or PYTHON)
            session.unsay()
            st.session_state[NEXT] = kept.name
            st.rerun()
    st.caption(
        "Connect to it once with ssh in a terminal first, so that it is a known host and takes "
        "your key. Nothing is measured before you say so."
    )


def show(study: Study) -> None:
    """The whole page, once there is something to measure."""
    if operations.show():
        return
    if study.index.devices:
        device_cards.show(study.index)
    st.subheader("Measure on another device")
    ways = [BUNDLE, SSH, CHIPS] if sharing.is_local() else [BUNDLE, CHIPS]
    way = st.segmented_control(
        "How", ways, default=BUNDLE, required=True, key="devices.way",
        label_visibility="collapsed", persist_state=technique_form.KEPT,
    )  # fmt: skip
    try:
        {BUNDLE: show_bundle, SSH: show_ssh, CHIPS: show_chips}[str(way)](study)
    except LiteweighError as error:
        session.say(str(error), "")
        st.rerun()


study = session.current()
st.title("Devices")
st.write(
    "Which file is fastest depends on the machine. Time the same files on the one that they are "
    "for, and see that their outputs are the same there."
)
if study and any(runs_here(one) for one in study.index.variants):
    show(study)
elif not operations.show():
    st.info("There is no file yet that could run elsewhere.", icon=":material/info:")
    target = page_files.OPTIMIZE if study and study.index.dataset else page_files.MODEL
    st.page_link(target, label="Run some optimizations", icon=":material/arrow_back:")
