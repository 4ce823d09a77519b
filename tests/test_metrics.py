"""What Prometheus reads, parsed as Prometheus does."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from tests.callers import Caller, House, call_claims
from visio.app import make_metrics_app
from visio.hub import HUB
from visio.metrics import Metrics

pytestmark = pytest.mark.one_database

DEPLOY = Path(__file__).parents[1] / "deploy"


async def exposition(house: House) -> str:
    """What the server's own address for it answers."""
    async with TestClient(TestServer(make_metrics_app(house.server.app))) as client:
        answer = await client.get("/metrics")
        assert answer.status == 200
        return await answer.text()


async def read(house: House) -> Callable[..., float]:
    """A function that finds one value by name and labels."""
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(await exposition(house))
        for sample in family.samples
    }
    return lambda name, **labels: found[name, tuple(sorted(labels.items()))]


async def test_a_meeting_is_counted_and_its_people_are_not_named(house: House) -> None:
    assert (await read(house))("visio_meetings") == 0
    owner = await house.account("eve@example.org")
    await house.room(owner, slug="the-council")
    await house.enter(house.anonymous(), "the-council", name="Ursule")
    value = await read(house)
    assert value("visio_meetings") == 1
    assert value("visio_participants", quality="connecting") == 1
    assert value("visio_joins_total", outcome="joined") == 1
    assert value("visio_media_thread_peers", port=str(port(house))) == 1
    said = await exposition(house)
    assert not any(word in said for word in ("Ursule", "council", "example.org"))


def port(house: House) -> int:
    return house.server.app[HUB].media.port


async def test_who_is_kept_out_is_counted_by_reason(house: House) -> None:
    await house.anonymous().get("/rtc/v1")
    await Caller(house.server, token=house.token(call_claims("nowhere"))).get("/rtc/v1/validate")
    await house.anonymous().get("/api/v1/audit")
    value = await read(house)
    assert value("visio_joins_total", outcome="not_found") >= 1
    assert value("visio_refusals_total", code="not_signed_in") == 1


async def test_what_the_media_threads_drop_has_its_reason(house: House) -> None:
    value = await read(house)
    one = str(port(house))
    assert value("visio_media_dropped_total", port=one, reason="wrong_tag") == 0
    assert value("visio_media_packets_in_total", port=one) == 0
    assert value("visio_thread_cpu_seconds_total", thread=f"media-{one}") >= 0


async def test_a_database_that_does_not_answer_hides_nothing_else(house: House) -> None:
    assert (await read(house))("visio_database_up") == 1
    async with house.database.transaction() as session:
        await session.execute(text("ALTER TABLE talkspurt RENAME TO elsewhere"))
    value = await read(house)
    assert value("visio_database_up") == 0
    assert value("visio_transcription_held") == 0
    with pytest.raises(KeyError):
        value("visio_transcription_waiting")


async def test_codes_are_the_only_labels() -> None:
    metrics = Metrics()
    metrics.note_refused_join(401)
    metrics.note_join("resumed")
    value = metrics.registry.get_sample_value
    assert value("visio_joins_total", {"outcome": "unauthorized"}) == 1
    assert value("visio_joins_total", {"outcome": "resumed"}) == 1


async def test_every_figure_of_the_dashboard_and_the_alerts_exists(house: House) -> None:
    """By the names in their expressions."""
    said = await exposition(house)
    for file in (DEPLOY / "prometheus/alerts.yml", DEPLOY / "grafana/visio.json"):
        names = set(re.findall(r"\b(?:visio|process)_[a-z_]+\b", file.read_text()))
        assert names, file
        missing = {name for name in names if not re.search(rf"^{name}\b", said, re.M)}
        assert not missing - UNSEEN, file


UNSEEN = {"visio_joins_total", "visio_refusals_total", "visio_transcription_real_time_factor"}
"""There once something happened."""


@pytest.mark.long
def test_prometheus_takes_the_alerts() -> None:
    rules = DEPLOY / "prometheus"
    for command in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        subprocess.run(["promtool", *command], cwd=rules, check=True, timeout=60)
