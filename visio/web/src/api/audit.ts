import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { request } from "./request";

/** A row of the audit: ids, words of ours, no names; `detail` is JSON. */
export interface AuditEntry {
  number: number;
  created_at: number;
  act: string;
  author_kind: "account" | "guest" | "key" | "command" | "server" | "nobody";
  author: string | null;
  address: string | null;
  object_kind: string | null;
  object: string | null;
  room: string | null;
  refused: string | null;
  detail: string;
  hash: string;
}

/** Which rows; times are milliseconds, `until` not in. What is "" or undefined does not count. */
export interface AuditFilters {
  act: string;
  /** An account, by its id or its address of mail. */
  person: string;
  /** A thing by its id, or a room by the name in its address. */
  about: string;
  since?: number;
  until?: number;
}

export interface Verdict {
  rows: number;
  number: number;
  hash: string;
  faults: { number: number; what: "changed" | "missing" | "purged" }[];
  faults_in_all: number;
}

interface Page {
  entries: AuditEntry[];
  names: Record<string, string>;
  next: number | null;
}

/** Pages of rows, the newest first. Each look is a row itself: it is looked once for each `asked`. */
export function useAudit(filters: AuditFilters, asked: number) {
  return useInfiniteQuery({
    queryKey: ["audit", filters, asked],
    queryFn: ({ pageParam }) =>
      request<Page>("GET", `/audit?${queryOf(filters, pageParam ? { before: String(pageParam) } : {})}`),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    staleTime: Infinity,
    gcTime: 0,
  });
}

export function useVerifyAudit() {
  return useMutation({
    mutationFn: (expected: { number: number; hash: string } | null) =>
      request<Verdict>("POST", "/audit/verification", { body: { expected } }),
  });
}

/** Where a browser gets all of the rows that are wanted. */
export function auditFile(filters: AuditFilters, format: "csv" | "jsonl"): string {
  return `/api/v1/audit/export?${queryOf(filters, { format })}`;
}

function queryOf(filters: AuditFilters, more: Record<string, string>): string {
  const asked = Object.entries(filters).filter(([, value]) => value !== "" && value !== undefined);
  return new URLSearchParams({ ...Object.fromEntries(asked.map(([name, value]) => [name, String(value)])), ...more }).toString();
}
