import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { download, Problem, request } from "./request";

export interface Person {
  id: string;
  email: string;
  name: string;
  administrator: boolean;
  disabled: boolean;
  /** Has not chosen a password yet. */
  invited: boolean;
  /** An identity provider signs them in. */
  provided: boolean;
  second_factor: boolean;
  created_at: number;
  /** Null for who never signed in. */
  seen_at: number | null;
  entity: { id: string; name: string } | null;
}

/** Who is looked for, and in which order they are shown. */
export interface Sought {
  search: string;
  sort: string;
  order: "ascending" | "descending";
  /** Of which entity they are; empty for all, "none" for those of none. */
  entity: string;
}

export interface Invitee {
  email: string;
  name: string;
  administrator: boolean;
  language: string;
}

export type Measure = "disable" | "enable" | "sign_out" | "assign";

/** With whom nothing was done, and the code of why. */
export interface NotChanged {
  id: string;
  email: string;
  code: string;
}

/** The row of the audit that proves it. */
export interface Proof {
  number: number;
  hash: string;
}

const PATH = "/accounts";
const ROWS = 50;

/** One page: `after` is what the page before said comes next. */
export function usePeople(sought: Sought, after: string) {
  return useQuery({
    queryKey: ["people", sought, after],
    queryFn: () =>
      request<{ accounts: Person[]; next: string | null }>(
        "GET",
        `${PATH}?${queryOf(sought)}&limit=${ROWS}${after && `&after=${after}`}`,
      ),
    placeholderData: keepPreviousData,
  });
}

export function usePerson(id: string) {
  return useQuery({ queryKey: ["people", id], queryFn: () => request<Person>("GET", one(id)) });
}

/** Where a browser gets all who are found as a table. */
export function peopleTable(sought: Sought): string {
  return `/api/v1${PATH}.csv?${queryOf(sought)}`;
}

export function useInvite() {
  return useChange((invitee: Invitee) => request<Person>("POST", PATH, { body: invitee }));
}

export function useMeasure() {
  return useChange((wanted: { measure: Measure; accounts: string[]; entity?: string | null }) =>
    request<{ refused: NotChanged[] }>("POST", "/account-changes", { body: wanted }),
  );
}

export function useChangePerson(id: string) {
  return useChange((change: { disabled?: boolean; administrator?: boolean; entity?: string | null }) =>
    request("PATCH", one(id), { body: change }),
  );
}

/** Mails a link to choose a password. */
export function useMailLink(id: string) {
  return useChange(({ kind, language }: { kind: "invitation" | "reset"; language: string }) =>
    request("POST", `${one(id)}/${kind}`, { body: { language } }),
  );
}

export function useEndSessions(id: string) {
  return useChange(() => request("DELETE", `${one(id)}/sessions`));
}

export function useRemoveFactor(id: string) {
  return useChange(() => request("DELETE", `${one(id)}/second-factor`));
}

/** How many rows of which tables are kept; each look is in the audit. */
export function useKept(id: string) {
  return useMutation({
    mutationFn: async () => (await request<{ rows: Record<string, number> }>("GET", `${one(id)}/stored`)).rows,
  });
}

export function useExportPerson(id: string) {
  return useMutation({ mutationFn: () => download(`${one(id)}/export`) });
}

export function useErase(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (whom: { email: string; words: boolean }) =>
      (await request<{ proof: Proof }>("POST", `${one(id)}/erasure`, { body: whom })).proof,
    // Not waited for: the proof is shown before the page learns that there is nobody any more.
    onSuccess: () => void client.invalidateQueries({ queryKey: ["people"] }),
  });
}

export function isGone(error: unknown): boolean {
  return error instanceof Problem && error.code === "account_not_found";
}

function queryOf({ search, sort, order, entity }: Sought): string {
  return new URLSearchParams({ search, sort, order, entity }).toString();
}

function one(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

function useChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    // Also of what was refused: it may have been for what others did meanwhile.
    onSettled: () => client.invalidateQueries({ queryKey: ["people"] }),
  });
}
