import { request } from "./request";

/** A TURN server, with credentials for minutes. */
export interface RelayServer {
  url: string;
  username: string;
  credential: string;
}

/** Tokens for a room that is no meeting: one may publish, the other subscribe. */
export interface ConnectionTest {
  sender: string;
  receiver: string;
  relays: RelayServer[];
  /** Where media go to. */
  udp_ports: number[];
  tcp_port: number | null;
  /** The server's clock, in ms since 1970. */
  now: number;
}

export function beginConnectionTest(): Promise<ConnectionTest> {
  return request("POST", "/connection-tests");
}
