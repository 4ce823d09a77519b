"""The way through the screens of the client, with a stop at each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Browser, Locator, expect

from tests.browser.server import Server
from tests.browser.visitor import Visitor
from tests.screens.album import SIZES, Size
from tests.screens.cast import Cast
from tests.screens.town import HOST, Town, say


class Stop(Protocol):
    """What is done at the screen of that name, in these sizes: in all, unless said."""

    def __call__(self, visitor: Visitor, name: str, *sizes: Size) -> None: ...


@dataclass
class Walk:
    """In one language. `faces` are what cameras show, `slide` what is shared: RGBA.

    Anything may take `patience` seconds.
    """

    browser: Browser
    server: Server
    town: Town
    language: str
    stop: Stop
    faces: Sequence[bytes]
    slide: bytes
    patience: float = 60

    def everywhere(self, parts: Sequence[str]) -> list[str]:
        """Through these parts; in which of them it could not go on."""
        missed = []
        for name in parts:
            print(f"{name} ({self.language})", flush=True)
            try:
                with self.visiting() as visit:
                    PARTS[name](self, visit)
            except Exception as error:  # whatever it is, the other parts are looked at
                print(error, flush=True)
                missed.append(f"{name} ({self.language})")
        return missed

    @contextmanager
    def visiting(self) -> Iterator[Callable[..., Visitor]]:
        """Browsers for people; `token` is that of a session."""
        with ExitStack() as stack:

            def visit(token: str = "") -> Visitor:
                context = self.browser.new_context(
                    base_url=self.server.url,
                    locale={"fr": "fr-FR", "en": "en-GB"}[self.language],
                    timezone_id="Europe/Paris",
                    viewport={"width": 1280, "height": 800},
                    permissions=["camera", "microphone", "clipboard-write"],
                )
                stack.callback(context.close)
                visitor = Visitor(context, self.server.url, self.language)
                context.set_default_timeout(self.patience * 1000)
                context.add_init_script(_DEVICES[self.language])
                if token:
                    context.add_cookies(
                        [{"name": "visio_session", "value": token, "url": self.server.url}]
                    )
                return visitor

            yield visit


Visit = Callable[..., Visitor]


def before_signing_in(walk: Walk, visit: Visit) -> None:
    person = visit()
    pages = [
        ("/", "welcome.title", "welcome"),
        ("/login", "account.welcome", "sign-in"),
        ("/forgotten", "forgotten.title", "forgotten"),
        ("/no/such/page", "notFound.title", "not-found"),
        ("/meetings/no-such-meeting", "meetings.unknown", "meeting-unknown"),
    ]
    for path, key, name in pages:
        person.go(path)
        person.shows(key)
        walk.stop(person, name)
    person.go("/login")
    person.field("account.email").fill("camille.martin@ville-exemple.fr")
    person.field("account.password").fill("ce n’est pas lui")
    person.button("account.signIn").click()
    person.shows("problems.invalid_credentials.title")
    walk.stop(person, "sign-in-refused")


def home(walk: Walk, visit: Visit) -> None:
    person = visit(walk.town.host)
    person.go("/")
    person.page.get_by_text("Préparation du conseil municipal").wait_for()
    person.page.locator(".meeting-row, .past-row, a[href^='/meetings/']").first.wait_for()
    walk.stop(person, "home")
    title = "Comité de direction"
    for key, name in [("members.title", "members"), ("rooms.edit", "room-rules")]:
        person.button("rooms.actions", title=title).click()
        if key == "members.title":
            walk.stop(person, "room-menu", "wide")
        person.page.get_by_role("menuitem", name=person.text(key)).click()
        dialog(person)
        walk.stop(person, name)
        person.page.keyboard.press("Escape")
        gone(person)
    with on_a_phone(person):
        person.button("rooms.actions", title=title).click()
        walk.stop(person, "room-menu", "phone")
        person.page.keyboard.press("Escape")
        gone(person)
    person.button("rooms.create").click()
    person.field("rooms.title").fill("Conseil municipal")
    walk.stop(person, "room-new")
    dialog(person).get_by_role("button", name=person.text("rooms.create")).click()
    person.shows("rooms.ready")
    walk.stop(person, "room-ready")
    person.page.keyboard.press("Escape")
    gone(person)
    person.button("schedule.new").click()
    person.field("schedule.title").fill("Réunion publique : école Jules-Ferry")
    walk.stop(person, "schedule")
    person.page.keyboard.press("Escape")
    gone(person)
    person.button("preferences.title").click()
    person.page.get_by_role("menu").wait_for()
    walk.stop(person, "preferences")
    person.page.keyboard.press("Escape")
    gone(person)
    person.button("account.menu", name=HOST).click()
    person.page.get_by_role("menu").wait_for()
    walk.stop(person, "account-menu")


def meetings(walk: Walk, visit: Visit) -> None:
    person = visit(walk.town.host)
    person.go("/meetings")
    person.page.locator("a[href^='/meetings/']").first.wait_for()
    walk.stop(person, "meetings")
    person.field("search.label").fill("budget")
    person.page.keyboard.press("Enter")
    person.page.locator("mark").first.wait_for()
    walk.stop(person, "search")
    person.go(f"/meetings/{walk.town.meeting}")
    person.page.locator(".passages").get_by_text("Jules-Ferry").first.wait_for()
    walk.stop(person, "transcript")
    person.button("transcript.share.open").click()
    dialog(person)
    walk.stop(person, "transcript-share")
    person.page.keyboard.press("Escape")
    gone(person)
    person.button("transcript.edit.start").click()
    person.page.locator(".passages button").first.click()
    dialog(person)
    walk.stop(person, "transcript-passage")
    person.go("/account")
    person.shows("factor.title")
    walk.stop(person, "account")


def at_the_door(walk: Walk, visit: Visit) -> None:
    guest, host = visit(), visit(walk.town.host)
    guest.go(f"/{walk.town.planning}")
    guest.field("prejoin.name").fill("Léa Fontaine")
    guest.page.locator("video").first.wait_for()
    walk.stop(guest, "prejoin-guest")
    host.go(f"/{walk.town.council}")
    host.page.locator("video").first.wait_for()
    walk.stop(host, "prejoin")
    guest.go(f"/{walk.town.closed}")
    guest.field("prejoin.name").fill("Léa Fontaine")
    walk.stop(guest, "closed-door")
    guest.button("prejoin.ask").click()
    guest.shows("lobby.absent.title")
    walk.stop(guest, "lobby-absent")
    host.join(walk.town.closed)
    guest.shows("lobby.asked.title")
    host.page.get_by_role("group", name=host.text("lobby.title")).wait_for()
    walk.stop(host, "call-alone-lobby")
    host.button("lobby.show").click()
    host.field("lobby.message").fill("Encore cinq minutes, nous arrivons.")
    walk.stop(host, "call-waiting")
    host.button("lobby.send").click()
    guest.page.get_by_text("Encore cinq minutes").wait_for()
    walk.stop(guest, "lobby-asked")
    host.page.locator(".people-list, .waiting").first.wait_for()
    host.button("lobby.denyNamed", name="Léa Fontaine").click()
    guest.shows("problems.lobby_denied.title")
    walk.stop(guest, "lobby-denied")
    denied = visit()
    denied.context.add_init_script(_NO_DEVICES)
    denied.go(f"/{walk.town.planning}")
    denied.shows("deviceProblems.denied.title", device=denied.text("deviceNames.both"))
    walk.stop(denied, "prejoin-devices-refused")


def connection(walk: Walk, visit: Visit) -> None:
    person = visit()
    person.go("/connection-test")
    person.button("connectionTest.begin").wait_for()
    walk.stop(person, "connection-begin")
    person.button("connectionTest.begin").click()
    person.button("connectionTest.again").wait_for()
    walk.stop(person, "connection-well")
    person.page.route("**/api/v1/connection-tests", lambda route: route.abort())
    person.button("connectionTest.again").click()
    person.shows("connectionTest.advice.signalling")
    person.button("connectionTest.again").wait_for()
    walk.stop(person, "connection-failed")


def in_a_meeting(walk: Walk, visit: Visit) -> None:
    names = ["Nadia Benali", "Julien Lefèvre", "Sophie Moreau", "Thomas Girard", "Amina Diallo"]
    pictures = [*walk.faces[1:5], None]
    host = visit(walk.town.host)
    with Cast(walk.server.url, walk.town.council, list(zip(names, pictures, strict=True))) as cast:
        host.join(walk.town.council)
        # Two who speak without end would take turns in being the large one.
        host.button("media.mute").click()
        receives_all(host)
        for name in names[:4]:
            host.sees(name)
        walk.stop(host, "call-grid")
        for layout in ("speaker", "sidebar"):
            laid_out(host, layout)
            walk.stop(host, f"call-{layout}")
        laid_out(host, "auto")
        host.button("stage.view").click()
        host.page.get_by_role("menu").wait_for()
        walk.stop(host, "call-view-menu")
        host.page.keyboard.press("Escape")
        cast.raise_hand(1)
        cast.raise_hand(3)
        panel(host, "people")
        host.page.locator(".hand-list, .hands").first.wait_for()
        walk.stop(host, "call-people")
        for number, text in CHAT:
            cast.write(number, text)
        panel(host, "chat")
        expect(host.page.locator(".chat-line")).to_have_count(len(CHAT))
        host.field("chat.message").fill("Merci, je regarde.")
        walk.stop(host, "call-chat")
        written_down(walk, host, cast)
        cast.share(2, walk.slide)
        host.page.locator(".share video").wait_for()
        walk.stop(host, "call-share")
        menus_and_dialogs(walk, host)


def written_down(walk: Walk, host: Visitor, cast: Cast) -> None:
    """The transcript of the meeting that runs."""
    say(walk.server, walk.town.council)
    panel(host, "transcript")
    host.page.get_by_text(host.text("transcript.switch"), exact=True).click()
    host.shows("consent.question")
    walk.stop(host, "call-consent")
    host.button("consent.yes").click()
    cast.agree()
    host.page.locator(".passages").get_by_text("en vigueur").wait_for()
    walk.stop(host, "call-transcript")
    host.button("panels.close").click()


def menus_and_dialogs(walk: Walk, host: Visitor) -> None:
    host.button("call.more").click()
    host.page.get_by_role("menu").wait_for()
    walk.stop(host, "call-more-menu")
    host.page.keyboard.press("Escape")
    host.button("reactions.react").click()
    host.page.get_by_role("toolbar", name=host.text("reactions.title")).wait_for()
    walk.stop(host, "call-reactions", "wide")
    host.page.keyboard.press("Escape")
    with on_a_phone(host):
        more(host, "reactions.react")
        dialog(host)
        walk.stop(host, "call-reactions", "phone")
        host.page.keyboard.press("Escape")
        gone(host)
    more(host, "settings.title")
    for key, name in SETTINGS.items():
        dialog(host).get_by_role("tab", name=host.text(key)).click()
        walk.stop(host, f"settings-{name}")
    host.page.keyboard.press("Escape")
    gone(host)
    for key, name in DIALOGS.items():
        more(host, key)
        dialog(host)
        walk.stop(host, f"call-{name}")
        host.page.keyboard.press("Escape")
        gone(host)


def at_the_end(walk: Walk, visit: Visit) -> None:
    guest, other, host = visit(), visit(), visit(walk.town.host)
    host.join(walk.town.planning)
    other.join(walk.town.planning, "Nadia Benali")
    guest.join(walk.town.planning, "Léa Fontaine")
    other.button("panels.chat").click()
    other.field("chat.message").fill("Le dossier est prêt, relecture avant jeudi.")
    other.button("chat.send").click()
    expect(other.page.locator(".chat-line")).to_have_count(1)
    guest.button("call.leave").click()
    guest.shows("ended.made")
    walk.stop(guest, "ended-left")
    guest.join(walk.town.planning)
    removed(host, "Léa Fontaine")
    guest.shows("endings.removed.title")
    walk.stop(guest, "ended-removed")
    more(host, "call.end")
    dialog(host).get_by_role("button", name=host.text("call.end"), exact=True).click()
    for person, name in ((other, "ended-closed"), (host, "ended-host")):
        person.shows("ended.made")
        walk.stop(person, name)


def errors(walk: Walk, visit: Visit) -> None:
    person = visit()
    person.go(f"/{walk.town.planning}")
    person.field("prejoin.name").fill("Léa Fontaine")
    person.page.route("**/join", lambda route: route.abort())
    person.button("prejoin.join").click()
    person.shows("problems.unreachable.title")
    walk.stop(person, "error-unreachable")
    person.page.unroute("**/join")
    person.page.add_init_script(_NO_MEDIA)
    person.go(f"/{walk.town.planning}")
    person.button("prejoin.join").click()
    person.shows("problems.media_blocked.title")
    walk.stop(person, "error-media-blocked")


def console(walk: Walk, visit: Visit) -> None:
    person = visit(walk.town.root)
    visit().join(walk.town.planning, "Nadia Benali")
    person.go("/admin/live")
    person.page.get_by_role("link", name="Commission d’urbanisme").wait_for()
    walk.stop(person, "console-live")
    person.page.get_by_role("link", name="Commission d’urbanisme").click()
    person.page.get_by_role("row").filter(has_text="Nadia Benali").wait_for()
    walk.stop(person, "console-live-meeting")
    for section, shown in SECTIONS.items():
        person.go(f"/admin/{section}")
        person.page.locator(".admin-section h1").wait_for()
        if shown:
            person.page.get_by_text(shown).first.wait_for()
        expect(person.page.locator(".loading, .skeleton")).to_have_count(0)
        walk.stop(person, f"console-{section}")
    person.go("/admin/people")
    person.page.get_by_role("link", name=HOST).click()
    person.page.get_by_role("heading", name=HOST).wait_for()
    walk.stop(person, "console-person")


def receives_all(host: Visitor) -> None:
    """However busy the machine is that plays everybody."""
    more(host, "bandwidth.title")
    everything = host.page.get_by_role("radio", name=host.text("bandwidth.choices.full.title"))
    everything.press("Space")
    expect(everything).to_be_checked()
    host.page.keyboard.press("Escape")
    gone(host)


def laid_out(host: Visitor, layout: str) -> None:
    host.button("stage.view").click()
    name = host.text(f"stage.layouts.{layout}")
    host.page.get_by_role("menuitemradio", name=name, exact=True).click()
    gone(host)


def panel(host: Visitor, name: str) -> None:
    host.page.locator(f"#panel-button-{name}").click()
    host.page.locator("aside.panel").wait_for()


def more(host: Visitor, key: str) -> None:
    host.button("call.more").click()
    host.page.get_by_role("menuitem", name=host.text(key), exact=True).click()


def removed(host: Visitor, name: str) -> None:
    panel(host, "people")
    host.button("people.actions", name=name).last.click()
    host.page.get_by_role("menuitem", name=host.text("people.remove"), exact=True).click()
    dialog(host).get_by_role("button", name=host.text("people.remove"), exact=True).click()
    gone(host)


@contextmanager
def on_a_phone(person: Visitor) -> Iterator[None]:
    width, height = SIZES["phone"]
    person.page.set_viewport_size({"width": width, "height": height})
    yield
    width, height = SIZES["wide"]
    person.page.set_viewport_size({"width": width, "height": height})


def dialog(person: Visitor) -> Locator:
    """The one that is open."""
    found = person.page.locator(".dialog")
    found.wait_for()
    expect(found.locator(".loading, .skeleton")).to_have_count(0)
    return found


def gone(person: Visitor) -> None:
    """Nothing lies over the page any more."""
    expect(person.page.locator(".dialog, [role=menu]")).to_have_count(0)


PARTS: dict[str, Callable[[Walk, Visit], None]] = {
    "before": before_signing_in,
    "home": home,
    "meetings": meetings,
    "connection": connection,
    "door": at_the_door,
    "meeting": in_a_meeting,
    "end": at_the_end,
    "errors": errors,
    "console": console,
}
CHAT = [
    (1, "Bonjour, le tableau des dépenses est prêt : **relecture avant jeudi**."),
    (3, "Merci ! Je l’envoie aux services."),
    (0, "L’ordre du jour : https://ville-exemple.fr/conseil"),
]
SETTINGS = {
    "settings.devices": "devices",
    "settings.sounds": "sounds",
    "settings.display": "display",
    "settings.captions": "captions",
    "shortcuts.title": "shortcuts",
}
DIALOGS = {
    "effects.title": "effects",
    "bandwidth.title": "network",
    "rules.title": "rules",
    "call.end": "end",
}
SECTIONS = {
    "people": HOST,
    "entities": "Ville d’Exemple",
    "rooms": "Comité de direction",
    "meetings": "Comité de direction",
    "retention": "",
    "branding": "",
    "policy": "",
    "keys": "",
    "audit": "",
}
"""Of the console, with what a list shows once it is there."""

# The devices of the browser are files, and called so.
_NAMED = """Object.defineProperty(MediaDeviceInfo.prototype, "label", {
  get() { return %s[this.kind]; },
})"""
_DEVICES = {
    "fr": _NAMED
    % {"audioinput": "Micro-casque", "videoinput": "Webcam HD", "audiooutput": "Micro-casque"},
    "en": _NAMED % {"audioinput": "Headset", "videoinput": "HD webcam", "audiooutput": "Headset"},
}
_NO_DEVICES = """navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException("Permission denied", "NotAllowedError"))"""
# A network that lets no packet of media through.
_NO_MEDIA = """
const { addIceCandidate, setRemoteDescription } = RTCPeerConnection.prototype;
RTCPeerConnection.prototype.addIceCandidate = async function () {};
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  const without = sdp.replace(/a=candidate.*\\r\\n/g, "");
  return setRemoteDescription.call(this, { type, sdp: without });
};
"""
