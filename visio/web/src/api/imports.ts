import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Problem, problemOf } from "./request";

/** A line that makes no room; `column` is "" where the whole line or file is meant. */
export interface RefusedLine {
  line: number;
  column: string;
  value: string;
  code: string;
  reason: { fr: string; en: string };
}

export interface ImportReport {
  dry_run: boolean;
  total: number;
  made: number;
  there: number;
  refused: RefusedLine[];
}

export interface Progress {
  done: number;
  total: number;
}

/** Looks what a file would make, and makes nothing. */
export function useTryImport() {
  return useMutation({ mutationFn: (file: File) => send(file, true, () => undefined) });
}

/** Makes the rooms of a file, telling how far it is. */
export function useImport(onProgress: (progress: Progress) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (file: File) => send(file, false, onProgress),
    onSettled: () => client.invalidateQueries({ queryKey: ["rooms"] }),
  });
}

/** The refused lines as a table for a spreadsheet, which the server sees to be safe. */
export function useRefusedTable() {
  return useMutation({ mutationFn: async (file: File) => (await post(file, true, "text/csv")).text() });
}

async function send(file: File, dryRun: boolean, onProgress: (progress: Progress) => void): Promise<ImportReport> {
  const response = await post(file, dryRun, "application/x-ndjson");
  let report: ImportReport | undefined;
  for await (const line of linesOf(response)) {
    const told = JSON.parse(line) as Progress | ImportReport | { code: string };
    if ("code" in told) throw new Problem(told.code, 500);
    if ("refused" in told) report = told;
    else onProgress(told);
  }
  if (!report) throw new Problem("unreachable", 0);
  return report;
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function post(file: File, dryRun: boolean, accept: string): Promise<Response> {
  const headers = { "Content-Type": "text/csv", Accept: accept };
  let response: Response;
  try {
    response = await fetch(`/api/v1/room-imports?dry_run=${dryRun}`, { method: "POST", headers, body: file });
  } catch {
    throw new Problem("unreachable", 0);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}
