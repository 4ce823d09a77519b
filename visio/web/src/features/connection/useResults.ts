import { useCallback, useEffect, useReducer } from "react";
import { testNetwork } from "./run";
import { type Result, type Results, type Step, type Tell, untested } from "./steps";

/** How all steps went so far; the network's begin at once, and end when one leaves. */
export function useResults(): [Results, Tell] {
  const [results, note] = useReducer(noted, undefined, untested);
  const tell = useCallback<Tell>((step, result) => note({ step, result }), []);
  useEffect(() => {
    const leaving = new AbortController();
    void testNetwork(tell, leaving.signal);
    return () => leaving.abort();
  }, [tell]);
  return [results, tell];
}

function noted(before: Results, { step, result }: { step: Step; result: Result }): Results {
  return { ...before, [step]: result };
}
