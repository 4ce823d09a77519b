import { expect, test } from "vitest";
import { type Result, type Step } from "./steps";
import { Trial } from "./trial";

function begun() {
  const told = new Map<Step, Result>();
  const leaving = new AbortController();
  const trial = new Trial((step, result) => told.set(step, result), leaving.signal);
  return { told, leaving, trial };
}

test("what broke off has failed, what was to come is left out, what is over stays", () => {
  const { told, trial } = begun();
  trial.tell("udp", { state: "ok" });
  trial.tell("publish", { state: "running" });
  trial.breakOff(["udp", "publish", "receive"]);
  expect([told.get("udp")?.state, told.get("publish")?.state, told.get("receive")?.state]).toEqual(["ok", "failed", "skipped"]);
});

test("whoever has left is told nothing more, and all is shut, the last first", async () => {
  const { told, leaving, trial } = begun();
  const shut: string[] = [];
  trial.closing(() => shut.push("sender"));
  trial.closing(() => shut.push("receiver"));
  leaving.abort();
  trial.closing(() => shut.push("late"));
  trial.tell("udp", { state: "ok" });
  trial.close();
  expect([told.size, shut]).toEqual([0, ["receiver", "sender", "late"]]);
  await expect(trial.eventually(async () => 1, () => false)).rejects.toThrow();
});
