import base64
import json

import pytest
from livekit.protocol import models

from visio.livekit.query import BadQuery, read_query


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.rule(16, 17, 18, client="raw")
def test_absent_parameters_have_the_older_defaults() -> None:
    asked = read_query({})
    assert asked.connection_settings.auto_subscribe
    assert not asked.connection_settings.adaptive_stream
    assert not asked.connection_settings.HasField("subscriber_allow_pause")
    assert not asked.reconnect
    assert asked.client_info.protocol == 0


@pytest.mark.rule(12, 14, 15, 17, 19, client="raw")
def test_every_parameter_is_read() -> None:
    asked = read_query(
        {
            "protocol": "9",
            "client_protocol": "1",
            "capabilities": "CAP_PACKET_TRAILER,compression_deflate_raw,nonsense",
            "sdk": "Go",
            "version": "1.2.3",
            "os": "linux",
            "os_version": "6",
            "device_model": "x",
            "browser": "Firefox",
            "browser_version": "140",
            "network": "wifi",
            "auto_subscribe": "0",
            "auto_subscribe_data_track": "1",
            "adaptive_stream": "true",
            "subscriber_allow_pause": "false",
            "disable_ice_lite": "1",
            "reconnect": "1",
            "reconnect_reason": "2",
            "sid": "PA_x",
            "attributes": encoded({"colour": "red"}),
        }
    )
    client, settings = asked.client_info, asked.connection_settings
    assert (client.sdk, client.protocol, client.client_protocol) == (models.ClientInfo.GO, 9, 1)
    assert list(client.capabilities) == [
        models.ClientInfo.CAP_PACKET_TRAILER,
        models.ClientInfo.CAP_COMPRESSION_DEFLATE_RAW,
    ]
    assert (client.version, client.os, client.os_version) == ("1.2.3", "linux", "6")
    assert (client.browser, client.browser_version) == ("Firefox", "140")
    assert (client.device_model, client.network) == ("x", "wifi")
    assert not settings.auto_subscribe
    assert settings.auto_subscribe_data_track
    assert settings.adaptive_stream
    assert settings.HasField("subscriber_allow_pause")
    assert not settings.subscriber_allow_pause
    assert settings.disable_ice_lite
    assert (asked.reconnect, asked.reconnect_reason) == (True, models.RR_PUBLISHER_FAILED)
    assert asked.participant_sid == "PA_x"
    assert dict(asked.participant_attributes) == {"colour": "red"}


@pytest.mark.parametrize("number", ["", "-1", "1e3", "٣", "9" * 40])
@pytest.mark.rule(15, client="raw")
def test_what_is_no_number_counts_as_absent(number: str) -> None:
    asked = read_query({"protocol": number, "reconnect_reason": number})
    assert asked.client_info.protocol == 0
    assert asked.reconnect_reason == models.RR_UNKNOWN


@pytest.mark.parametrize("text", ["%%", "é", encoded([1]), encoded({"a": 1}), "[" * 9])
@pytest.mark.rule(21, client="raw")
def test_bad_attributes_are_ignored_unless_strict(text: str) -> None:
    assert not read_query({"attributes": text}).participant_attributes
    with pytest.raises(BadQuery):
        read_query({"attributes": text}, strict=True)
