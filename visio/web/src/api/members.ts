import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request, requestAll } from "./request";
import type { Role } from "./rooms";

export interface Member {
  id: string;
  name: string;
  /** Empty for a service. */
  email: string;
  kind: "person" | "service";
  role: Role;
}

/** Somebody who may neither enter nor ask to. */
export interface Ban {
  id: string;
  name: string;
  kind: "guest" | "account";
  since: number;
}

export function useMembers(slug: string) {
  return useQuery({
    queryKey: ["members", slug],
    queryFn: async () => (await requestAll<Member>(`${path(slug)}/members`, "members")).sort(byName),
  });
}

export function useAddMember(slug: string) {
  return useChange(slug, (member: { email: string; role: Role }) =>
    request("POST", `${path(slug)}/members`, { body: member }),
  );
}

export function useChangeMember(slug: string) {
  return useChange(slug, ({ id, role }: { id: string; role: Role }) =>
    request("PUT", `${path(slug)}/members/${id}`, { body: { role } }),
  );
}

export function useRemoveMember(slug: string) {
  return useChange(slug, (id: string) => request("DELETE", `${path(slug)}/members/${id}`));
}

export function useBans(slug: string) {
  return useQuery({
    queryKey: ["members", slug, "bans"],
    queryFn: () => requestAll<Ban>(`${path(slug)}/bans`, "bans"),
  });
}

export function useForgive(slug: string) {
  return useChange(slug, (id: string) => request("DELETE", `${path(slug)}/bans/${id}`));
}

function useChange<Input>(slug: string, change: (input: Input) => Promise<void>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["members", slug] }),
  });
}

function byName(one: Member, other: Member): number {
  return one.name.localeCompare(other.name);
}

function path(slug: string): string {
  return `/rooms/${encodeURIComponent(slug)}`;
}
