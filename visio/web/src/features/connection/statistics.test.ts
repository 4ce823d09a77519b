import { expect, test } from "vitest";
import { counted, wayOf } from "./statistics";

const candidates = [
  { id: "L1", type: "local-candidate", protocol: "udp", candidateType: "host" },
  { id: "L2", type: "local-candidate", protocol: "tcp", candidateType: "relay" },
  { id: "P1", type: "candidate-pair", localCandidateId: "L1", state: "succeeded", nominated: true },
  { id: "P2", type: "candidate-pair", localCandidateId: "L2", state: "succeeded", currentRoundTripTime: 0.0421 },
];

test("the way is that of the transport's pair", () => {
  const statistics = [...candidates, { id: "T", type: "transport", selectedCandidatePairId: "P2" }];
  expect(wayOf(statistics)).toEqual({ protocol: "tcp", relayed: true, roundTrip: 42 });
});

test("without transports it is that of the nominated pair", () => {
  expect(wayOf(candidates)).toEqual({ protocol: "udp", relayed: false, roundTrip: undefined });
  expect(wayOf([])).toBeUndefined();
});

test("streams of one kind are counted together", () => {
  const streams = [
    { type: "inbound-rtp", kind: "video", framesReceived: 3 },
    { type: "inbound-rtp", kind: "video", framesReceived: 4 },
    { type: "inbound-rtp", kind: "audio", packetsReceived: 9 },
  ];
  expect(counted(streams, "inbound-rtp", "video", "framesReceived")).toBe(7);
});
