import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Wait } from "../../api/lobby";
import { Problem } from "../../api/request";
import { outlast } from "./restart";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const draining = new Problem("draining", 503);

/** Asks of a server that answers so, one after the other, and then "in". */
function asked(...answers: Problem[]) {
  const waits: Wait["state"][] = [];
  const { signal, abort } = abortable();
  const ask = () => {
    const next = answers.shift();
    return next ? Promise.reject(next) : Promise.resolve("in");
  };
  const outcome = outlast(ask, (wait) => waits.push(wait.state), signal).catch((error: unknown) => error);
  return { waits, outcome, abort };
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test("a restart is waited for, and told", async () => {
  const { waits, outcome } = asked(draining, draining, new Problem("unreachable", 0), new Problem("server_error", 502));
  await vi.runAllTimersAsync();
  expect(await outcome).toBe("in");
  expect(waits).toEqual(Array(4).fill("restarting"));
});

test("what the next server refuses is refused", async () => {
  const refusal = new Problem("not_admitted", 403);
  const { outcome } = asked(draining, refusal);
  await vi.runAllTimersAsync();
  expect(await outcome).toBe(refusal);
});

test("a server that never said it stops is not waited for", async () => {
  const unreachable = new Problem("unreachable", 0);
  const { waits, outcome } = asked(unreachable);
  expect(await outcome).toBe(unreachable);
  expect(waits).toEqual([]);
});

test("who waits no longer is not let in later", async () => {
  const { outcome, abort } = asked(draining);
  await vi.advanceTimersByTimeAsync(0);
  abort();
  expect(await outcome).toMatchObject({ name: "AbortError" });
});
