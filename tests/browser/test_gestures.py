import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


def queue(person: Visitor) -> Locator:
    """The raised hands, at the top of the people's panel."""
    return person.page.get_by_role("region", name=person.text("hands.title")).get_by_role(
        "listitem"
    )


def open_people(person: Visitor) -> None:
    """From the bar, or where that is too narrow from its menu."""
    button = person.page.locator("#panel-button-people")
    if not button.is_visible():
        person.button("call.more").click()
        button = person.page.get_by_role("menuitem", name=person.text("panels.people"))
    button.click()


def test_hands_are_a_queue_that_hosts_work_off(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    host.button("media.mute").click()
    guest = visit("en", 320, 640)
    guest.join(slug, "Ali")
    guest.button("media.mute").click()
    expect(guest.button("call.leave")).to_be_in_viewport(ratio=1)
    assert guest.sees_all_across()

    guest.button("hands.raise").click()
    raised = host.page.get_by_role("status").filter(has_text=host.text("toasts.hand", name="Ali"))
    expect(raised).to_have_count(1)
    expect(host.tile("Ali")).to_contain_text(host.text("hands.raised", place=1))
    host.page.keyboard.press("Control+Shift+H")
    host.button("hands.lower").wait_for()
    for person in (host, guest):
        open_people(person)
        expect(queue(person).first).to_contain_text("Ali")
        expect(queue(person).nth(1)).to_contain_text("Camille Martin")
        person.is_accessible()
    assert guest.sees_all_across()

    # Who comes late is shown the same, and cannot lower others' hands.
    late = visit("en")
    late.join(slug, "Zoé")
    open_people(late)
    expect(queue(late)).to_have_count(2)
    expect(queue(late).first).to_contain_text("Ali")
    expect(late.button("hands.lowerOf", name="Ali")).to_be_hidden()

    host.button("hands.lowerOf", name="Ali").click()
    guest.shows("hands.lowered.host")
    guest.is_accessible()
    expect(queue(late)).to_have_count(1)
    guest.page.keyboard.press("Escape")
    guest.button("hands.again").click()
    expect(queue(late).nth(1)).to_contain_text("Ali")
    host.button("hands.lowerAll").click()
    expect(queue(late)).to_have_count(0)
    guest.button("hands.raise").wait_for()


def test_what_is_told_covers_no_row_on_a_phone(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.page.set_viewport_size({"width": 360, "height": 420})
    host.join(slug)
    open_people(host)
    guest = visit("en")
    guest.join(slug, "Ali")
    guest.button("hands.raise").click()
    covered = host.page.wait_for_function(_COVERED, arg=host.text("toasts.hand", name="Ali"))
    assert covered.json_value() == []


@pytest.mark.long
def test_a_hand_goes_down_once_its_turn_was_taken(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en")
    guest.context.add_init_script(_SPEAK_WITHOUT_END)
    guest.join(slug, "Ali")
    guest.button("hands.raise").click()
    expect(guest.tile("Ali")).to_contain_text(guest.text("hands.raised", place=1))
    guest.shows("hands.lowered.spoken")
    guest.is_accessible()
    guest.button("hands.again").click()
    expect(host.tile("Ali")).to_contain_text(host.text("hands.raised", place=1))


@pytest.mark.long
def test_reactions_are_seen_and_said(visit: Visit, host: Visitor) -> None:
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en", 320, 640)
    guest.page.emulate_media(reduced_motion="reduce")
    guest.join(slug, "Ali")
    expect(host.tile("Ali")).to_be_visible()

    host.button("reactions.react").press("Enter")
    palette = host.page.get_by_role("toolbar", name=host.text("reactions.title"))
    expect(palette.get_by_role("button").first).to_be_focused()
    host.is_accessible(menu=True)
    for person in (host, guest):
        person.page.evaluate(_WATCH_REACTIONS)
    host.page.keyboard.press("ArrowRight")
    for _ in range(3):
        host.page.keyboard.press("Enter")
    guest.page.wait_for_function(_WAS_SHOWN, arg="👏")
    guest.page.wait_for_function(_WAS_SAID, arg=r"^\d rounds? of applause$")
    assert guest.page.evaluate("seen.moving") == 0
    assert guest.sees_all_across()
    host.page.keyboard.press("Escape")
    expect(host.button("reactions.react")).to_be_focused()

    guest.button("call.more").click()
    guest.page.get_by_role("menuitem", name=guest.text("reactions.react")).click()
    guest.is_accessible()
    guest.button("reactions.names.heart").click()
    host.page.wait_for_function(_WAS_SHOWN, arg="❤️")
    host.page.wait_for_function(_WAS_SAID, arg="^1 cœur$")
    host.is_accessible(menu=True)  # a tooltip is open
    assert guest.sees_all_across()
    expect(guest.button("reactions.names.thumbsDown")).to_be_in_viewport(ratio=1)


@pytest.mark.long
def test_what_a_person_sets_is_theirs(visit: Visit, account: tuple[str, str]) -> None:
    person = visit("fr", 320, 640)
    person.sign_in(*account)
    person.join(person.make_room("Comité"))
    person.button("call.more").click()
    person.page.get_by_role("menuitem", name=person.text("settings.title")).click()
    dialog = person.page.get_by_role("dialog", name=person.text("settings.title"))

    for tab in ("settings.display", "settings.captions", "shortcuts.title"):
        dialog.get_by_role("tab", name=person.text(tab)).click()
        if tab == "settings.display":
            choose(person, "display.font", "display.fonts.opendyslexic")
            choose(person, "display.textSize", "display.textSizes.largest")
            person.page.wait_for_function(_IS_SET_IN, arg="OpenDyslexic")
        if tab == "settings.captions":
            choose(person, "captions.title", "captions.choices.large")
            choose(person, "captions.colours", "captions.colourNames.yellow")
            person.shows("captions.example")
        person.is_accessible()
        assert person.sees_all_across()

    # Keys that are taken are refused, others are heard from then on.
    record(person, "shortcuts.microphone", "Ctrl + D", "Control+e")
    used = person.text("shortcuts.camera")
    person.shows("shortcuts.outcomes.taken", keys="Ctrl + E", name=used)
    person.is_accessible()
    record(person, "shortcuts.microphone", "Ctrl + D", "F8")
    person.shows("shortcuts.outcomes.bound", keys="F8")
    person.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(person.button("media.mute")).to_be_enabled()
    expect(person.button("call.leave")).to_be_in_viewport(ratio=1)
    person.page.keyboard.press("Control+d")
    person.page.keyboard.press("F8")
    person.button("media.unmute").wait_for()

    # The space bar speaks as long as it is held, but not where it presses a button.
    person.page.evaluate("document.activeElement.blur()")
    person.page.keyboard.down("Space")
    person.button("media.mute").wait_for()
    person.page.keyboard.up("Space")
    person.button("media.unmute").wait_for()
    person.button("hands.raise").press("Space")
    person.button("hands.lower").wait_for()
    expect(person.button("media.unmute")).to_be_visible()


def choose(person: Visitor, label: str, option: str) -> None:
    name = re.compile(rf"{re.escape(person.text(label))}$")
    person.page.get_by_role("button", name=name).click()
    person.page.get_by_role("option", name=person.text(option), exact=True).click()


def record(person: Visitor, action: str, keys: str, pressed: str) -> None:
    person.button("shortcuts.change", name=person.text(action), keys=keys).click()
    person.button("shortcuts.press").wait_for()
    person.page.keyboard.press(pressed)


_IS_SET_IN = """(family) => [...document.fonts].some(
  (face) => face.family.includes(family) && face.status === "loaded")"""


@pytest.mark.long
def test_what_happens_is_heard_and_told(visit: Visit, host: Visitor) -> None:
    host.context.add_init_script(_NOTE_SIGNALS)
    slug = host.make_room("Comité")
    host.join(slug)
    guest = visit("en")
    guest.join(slug, "Ali")
    host.page.wait_for_function("() => notes > 0")

    host.button("call.more").click()
    host.page.get_by_role("menuitem", name=host.text("settings.title")).click()
    host.page.get_by_role("tab", name=host.text("settings.sounds")).click()
    host.page.get_by_text(host.text("signals.sounds.message"), exact=True).click()
    host.page.get_by_text(host.text("signals.notifications"), exact=True).click()
    notifies = host.page.get_by_role("switch", name=host.text("signals.notifications"))
    expect(notifies).to_be_checked()
    host.is_accessible()
    host.page.keyboard.press("Escape")

    host.page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    guest.button("hands.raise").click()
    host.page.wait_for_function(_IS_TOLD, arg=host.text("signals.told.hand", name="Ali"))
    heard = host.page.evaluate("notes")
    guest.button("panels.chat").click()
    guest.field("chat.message").fill("Secret")
    guest.page.keyboard.press("Enter")
    expect(host.page).to_have_title("(1) Comité")
    host.page.wait_for_function(_IS_TOLD, arg=host.text("signals.told.message", name="Ali"))
    assert host.page.evaluate("notes") == heard
    host.button("panels.chatUnread_one", count=1).click()
    expect(host.page).to_have_title("Comité")


# They are gone in a few seconds, which a busy machine may not look at.
_WATCH_REACTIONS = """() => {
  window.seen = { marks: [], said: [], moving: 0 };
  const texts = (selector) =>
    [...document.querySelectorAll(selector)].map((one) => one.textContent);
  new MutationObserver(() => {
    const floating = texts(".floating b");
    seen.marks.push(...texts(".tile .reaction-mark").filter((text) => floating.includes(text)));
    seen.said.push(...texts("[role=status]"));
    const moving = document.getAnimations().map((one) => one.effect.target);
    seen.moving += moving.filter((one) => one.closest(".floating")).length;
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""

_WAS_SHOWN = "(reaction) => seen.marks.includes(reaction)"

_WAS_SAID = "(words) => seen.said.some((said) => new RegExp(words).test(said))"

# What the browser would sound and show, noted.
_NOTE_SIGNALS = """
window.notes = 0;
window.told = [];
const { start } = AudioScheduledSourceNode.prototype;
AudioScheduledSourceNode.prototype.start = function (...when) {
  window.notes += 1;
  return start.apply(this, when);
};
window.Notification = class {
  static permission = "default";
  static async requestPermission() {
    return (Notification.permission = "granted");
  }
  constructor(text) {
    told.push(text);
  }
};
"""

_IS_TOLD = "(text) => told.includes(text)"


# The browser's own fake microphone only beeps, which nobody takes for speech.
_SPEAK_WITHOUT_END = """
const { mediaDevices } = navigator;
const ask = mediaDevices.getUserMedia.bind(mediaDevices);
mediaDevices.getUserMedia = async (constraints) => {
  const stream = await ask(constraints);
  for (const beeping of stream.getAudioTracks()) {
    const context = new AudioContext();
    const source = new OscillatorNode(context, { type: "sawtooth", frequency: 180 });
    const sink = context.createMediaStreamDestination();
    source.connect(sink);
    source.start();
    const [voice] = sink.stream.getAudioTracks();
    voice.getSettings = () => beeping.getSettings();
    stream.removeTrack(beeping);
    stream.addTrack(voice);
  }
  return stream;
};
"""

# What a toast lies over, once one says that.
_COVERED = """(words) => {
  const toast = [...document.querySelectorAll(".toast")].find((one) => one.textContent === words);
  if (!toast || !document.querySelector(".hand-list li")) return null;
  const over = toast.getBoundingClientRect();
  const rows = document.querySelectorAll(".hand-list li, .people-list li, .panel-head button");
  return [...rows].filter((row) => {
    const { left, right, top, bottom } = row.getBoundingClientRect();
    return left < over.right && over.left < right && top < over.bottom && over.top < bottom;
  }).map((row) => row.textContent || row.ariaLabel);
}"""
