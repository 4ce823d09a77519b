import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Problem, request } from "./request";

export interface Account {
  id: string;
  email: string;
  name: string;
  administrator: boolean;
  must_change_password: boolean;
  /** Without one, an identity provider signs this person in. */
  has_password: boolean;
  /** "required": nothing else can be done before one is set up. */
  second_factor: "off" | "on" | "required";
}

export interface Credentials {
  email: string;
  password: string;
  code?: string;
}

/** Whether something has to be done first, on the sign-in page. */
export function isUnfinished(account: Account | null | undefined): boolean {
  return Boolean(account && (account.must_change_password || account.second_factor === "required"));
}

/** Who is signed in: undefined while asking, null for nobody. */
export function useAccount(): Account | null | undefined {
  return useQuery({ queryKey: ["session"], queryFn: readAccount, staleTime: 60_000 }).data;
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (credentials: Credentials) =>
      request<{ account: Account }>("POST", "/session", { body: credentials }),
    onSuccess: ({ account }) => become(client, account),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<{ redirect: string } | undefined>("DELETE", "/session"),
    onSuccess: (answer) => {
      become(client, null);
      // Whom an identity provider signed in signs out there too.
      if (answer) window.location.assign(answer.redirect);
    },
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (passwords: { current: string; new: string }) =>
      request("PUT", "/session/password", { body: passwords }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["session"] }),
  });
}

export function useSignOthersOut() {
  return useMutation({ mutationFn: () => request("DELETE", "/session/others") });
}

/** Reads anew who is signed in. */
export function useRefreshAccount(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["session"] });
}

/** What one person was shown is not shown to the next. */
function become(client: QueryClient, account: Account | null): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" && queryKey[0] !== "config" });
  client.setQueryData(["session"], account);
}

async function readAccount(): Promise<Account | null> {
  try {
    return (await request<{ account: Account }>("GET", "/session")).account;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}
