import { save } from "../design/save";

/** What the server refused, or could not be asked. `code` is stable and has a sentence in the locale files. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    detail = "",
  ) {
    super(detail || code);
    this.name = "Problem";
  }
}

interface Options {
  body?: unknown;
  /** The participant's token; without it the session cookie speaks. */
  token?: string;
}

/** Asks the server's own API; resolves to the JSON answer (undefined for 204), rejects with a Problem. */
export async function request<Answer = void>(method: string, path: string, options: Options = {}): Promise<Answer> {
  const response = await send(method, path, options);
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** Asks for a file and saves it under the name that the server gives it. */
export async function download(path: string, token?: string): Promise<void> {
  const response = await send("GET", path, { token });
  if (!response.ok) throw await problemOf(response);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  save(await response.blob(), name ?? "visio");
}

/** Asks for a file, under whatever name. */
export async function requestBlob(path: string, token?: string): Promise<Blob> {
  const response = await send("GET", path, { token });
  if (!response.ok) throw await problemOf(response);
  return response.blob();
}

/** Asks for a text. */
export async function requestText(path: string, token?: string): Promise<string> {
  const response = await send("GET", path, { token });
  if (!response.ok) throw await problemOf(response);
  return response.text();
}

/**
 * All of a list that the server gives in parts, or what follows the part that said `after`: `name` is the field of the
 * answer that holds them.
 */
export async function requestAll<Item>(
  path: string,
  name: string,
  from: { after?: string; token?: string } = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | null = from.after ?? "";
  while (after !== null) {
    const address: string = `${path}?limit=${LARGEST_PART}${after && `&after=${after}`}`;
    const part: Part<Item> = await request("GET", address, { token: from.token });
    items.push(...(part[name] as Item[]));
    after = part.next;
  }
  return items;
}

type Part<Item> = Record<string, Item[] | string | null> & { next: string | null };

const LARGEST_PART = 1000;

async function send(method: string, path: string, { body, token }: Options): Promise<Response> {
  const headers = new Headers({ Accept: "application/json" });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (token) headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch(`/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem("unreachable", 0);
  }
}

/** What a refusal says. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: { code?: unknown; detail?: unknown } = await response.json().catch(() => ({}));
  const code = typeof body.code === "string" ? body.code : response.status >= 500 ? "server_error" : "unknown";
  return new Problem(code, response.status, typeof body.detail === "string" ? body.detail : "");
}
