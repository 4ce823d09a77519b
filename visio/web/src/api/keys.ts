import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Listing, queryOf } from "./live";
import { request } from "./request";

/** What a key may be made for, in the order in which it is offered. */
export const SCOPES = [
  "rooms:read",
  "rooms:write",
  "rooms:provision",
  "members:read",
  "members:write",
  "meetings:read",
  "transcripts:read",
  "calls:join",
] as const;
export type Scope = (typeof SCOPES)[number];

/** A program or a room system; `keys` are those of it that are good. */
export interface Service {
  id: string;
  name: string;
  disabled: boolean;
  created_at: number;
  keys: number;
}

export interface ApiKey {
  id: string;
  service: string;
  service_name: string;
  name: string;
  scopes: Scope[];
  domains: string[];
  state: "good" | "service_disabled" | "expired" | "revoked";
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  last_used_at: number | null;
}

export interface KeyDraft {
  service: string;
  name: string;
  scopes: Scope[];
  expires_at: number;
  domains: string[];
}

export function useKeys(listing: Listing) {
  return useQuery({
    queryKey: ["keys", "list", listing],
    queryFn: () => request<{ keys: ApiKey[]; total: number }>("GET", `/keys?${queryOf(listing)}`),
    placeholderData: keepPreviousData,
  });
}

export function useServices(listing: Listing) {
  return useQuery({
    queryKey: ["keys", "services", listing],
    queryFn: () => request<{ services: Service[]; total: number }>("GET", `/services?${queryOf(listing)}`),
    placeholderData: keepPreviousData,
  });
}

/** Resolves to the key with its text, which is shown this once. */
export function useMakeKey() {
  return useKeyChange((draft: KeyDraft) => request<ApiKey & { key: string }>("POST", "/keys", { body: draft }));
}

export function useRenameKey(id: string) {
  return useKeyChange((name: string) => request("PATCH", `/keys/${id}`, { body: { name } }));
}

export function useRevokeKey(id: string) {
  return useKeyChange((_: void) => request("DELETE", `/keys/${id}`));
}

export function useMakeService() {
  return useKeyChange((name: string) => request<Service>("POST", "/services", { body: { name } }));
}

export function useChangeService(id: string) {
  return useKeyChange((change: { name?: string; disabled?: boolean }) =>
    request("PATCH", `/services/${id}`, { body: change }),
  );
}

/** Where a browser gets all of a list as a table. */
export function keysTable(listing: Listing): string {
  return `/api/v1/keys.csv?${queryOf(listing)}`;
}

export function servicesTable(listing: Listing): string {
  return `/api/v1/services.csv?${queryOf(listing)}`;
}

function useKeyChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: ["keys"] }) });
}
