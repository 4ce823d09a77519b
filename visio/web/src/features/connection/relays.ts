import type { RelayServer } from "../../api/connectionTest";
import { PATIENCE, type Trial } from "./trial";

/** Asks each TURN server for a relay. */
export async function testRelays(trial: Trial, relays: RelayServer[]): Promise<void> {
  const { tell } = trial;
  if (relays.length === 0) return tell("relay", { state: "skipped", said: "relayNone" });
  tell("relay", { state: "running" });
  const given = await Promise.all(relays.map((relay) => gives(trial, relay)));
  const named = (wanted: boolean) =>
    relays
      .filter((_, index) => given[index] === wanted)
      .map(({ url }) => url)
      .join(", ");
  const values = { given: named(true), refused: named(false) };
  if (!values.refused) return tell("relay", { state: "ok", said: "relayOk", values });
  const said = values.given ? "relaySome" : "relayFailed";
  tell("relay", { state: "warning", said, values, advice: "relay" });
}

/** Whether a relay is given to this browser: only then is there a candidate. */
async function gives(trial: Trial, { url, username, credential }: RelayServer): Promise<boolean> {
  const peer = new RTCPeerConnection({
    iceServers: [{ urls: url, username, credential }],
    iceTransportPolicy: "relay",
  });
  trial.closing(() => peer.close());
  peer.createDataChannel("test");
  return new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), PATIENCE);
    // The last is null, and in some browsers an empty one comes before.
    peer.onicecandidate = ({ candidate }) => {
      if (candidate === null || candidate.candidate) resolve(candidate !== null);
    };
    void peer.setLocalDescription();
  });
}
