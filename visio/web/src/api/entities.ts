import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Part } from "./records";
import { request } from "./request";

/** An administration among those that share the service. */
export interface Entity {
  id: string;
  name: string;
  /** What the identity provider calls it; empty if it does not. */
  identifier: string;
  people: number;
  /** Those that its people own. */
  rooms: number;
  created_at: number;
}

export interface EntityDraft {
  name: string;
  identifier: string;
}

const PATH = "/entities";
const OFFERED = 20;
/** Under that of people: these are shown with its name, and counted. */
const KEY = ["people", "entities"];

export function useEntities(part: Part) {
  return useQuery({
    queryKey: [...KEY, part],
    queryFn: () =>
      request<{ entities: Entity[]; total: number; next: string | null }>("GET", `${PATH}?${queryOf(part)}`),
    placeholderData: keepPreviousData,
  });
}

/** The first by name of those that a search finds; one is found by its id, too. */
export function useFoundEntities(search: string, isWanted: boolean): Entity[] {
  const { data } = useQuery({
    queryKey: [...KEY, "found", search],
    queryFn: () =>
      request<{ entities: Entity[] }>("GET", `${PATH}?${new URLSearchParams({ search, limit: String(OFFERED) })}`),
    enabled: isWanted,
    placeholderData: keepPreviousData,
  });
  return data?.entities ?? [];
}

/** Where a browser gets all of them as a table. */
export function entitiesTable(part: Part): string {
  return `/api/v1${PATH}.csv?${queryOf({ ...part, after: "" })}`;
}

export function useMakeEntity() {
  return useChange((draft: EntityDraft) => request("POST", PATH, { body: draft }));
}

export function useChangeEntity(id: string) {
  return useChange((draft: EntityDraft) => request("PATCH", `${PATH}/${id}`, { body: draft }));
}

export function useDeleteEntity(id: string) {
  return useChange((_: void) => request("DELETE", `${PATH}/${id}`));
}

function queryOf({ search, sort, order, after, limit }: Part): URLSearchParams {
  return new URLSearchParams({ search, sort, order, after, limit: String(limit) });
}

function useChange<Input>(change: (input: Input) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["people"] }),
  });
}
