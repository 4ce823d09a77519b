import { createContext, useContext } from "react";
import type { CallSession } from "./session";

export const CallContext = createContext<CallSession | undefined>(undefined);

export function useCall(): CallSession {
  const session = useContext(CallContext);
  if (!session) throw new Error("a part of the call is used outside of it");
  return session;
}
