import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Problem, request } from "./request";

export interface Account {
  id: string;
  email: string;
  name: string;
  administrator: boolean;
  must_change_password: boolean;
}

/** Who is signed in: undefined while asking, null for nobody. */
export function useAccount(): Account | null | undefined {
  return useQuery({ queryKey: ["session"], queryFn: readAccount, staleTime: 60_000 }).data;
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (credentials: { email: string; password: string }) =>
      request<{ account: Account }>("POST", "/session", { body: credentials }),
    onSuccess: ({ account }) => become(client, account),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request("DELETE", "/session"),
    onSuccess: () => become(client, null),
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
