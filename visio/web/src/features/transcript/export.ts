import { formatPosition } from "../../design/format";

/** A transcript ready to be written to a file, in one language. */
export interface Written {
  title: string;
  date: string;
  passages: { name: string; startedAt: number; lines: { text: string }[] }[];
}

export function asText({ title, date, passages }: Written): string {
  const blocks = passages.map((passage) => `[${formatPosition(passage.startedAt)}] ${passage.name}\n${words(passage)}`);
  return [`${title}\n${date}`, ...blocks].join("\n\n") + "\n";
}

export function asMarkdown({ title, date, passages }: Written): string {
  const blocks = passages.map(
    (passage) => `**${escape(passage.name)}** (${formatPosition(passage.startedAt)})\n\n${escape(words(passage))}`,
  );
  return [`# ${escape(title)}`, `*${escape(date)}*`, ...blocks].join("\n\n") + "\n";
}

/** A name that every file system takes: the day and the title without what is not a letter or a digit. */
export function fileName(title: string, startedAt: number): string {
  const plain = title.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return [new Date(startedAt).toISOString().slice(0, 10), words].filter(Boolean).join("-");
}

function words({ lines }: Written["passages"][number]): string {
  return lines.map(({ text }) => text.trim()).join(" ");
}

function escape(text: string): string {
  return text.replace(/[\\`*_[\]<>#|]/g, "\\$&");
}
