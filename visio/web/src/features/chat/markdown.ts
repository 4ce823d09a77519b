/** What a message is made of: the little of Markdown that people type without thinking of it. */
export type Block =
  | { kind: "text" | "quote"; parts: Part[] }
  | { kind: "code"; text: string }
  | { kind: "list"; items: Part[][] };

export type Part =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em" | "del"; parts: Part[] };

const FENCE = /^```/;
const QUOTE = /^> ?/;
const ITEM = /^[-*•] +/;

/**
 * Code between backticks, addresses (so that nothing in them is emphasis), then emphasis. Every repetition excludes
 * what ends it: no text takes longer than its length.
 */
const INLINE = /`([^`\n]+)`|(https?:\/\/[^\s<>"]+)|\*\*([^*\n]+)\*\*|~~([^~\n]+)~~|([*_])([^*_\n]+)\5/gu;
/** What may stand around emphasis: signs inside of words and paths are none. */
const BEFORE = /^$|[\s([{"'«*_~]/u;
const AFTER = /^$|[\s.,;:!?…)\]}"'»*_~]/u;

/** Nothing is ever markup beyond this, and what does not fit stays as it was typed. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  while (lines.length > 0) blocks.push(nextBlock(lines));
  return blocks;
}

/** Its words alone: for where nothing is emphasised, and to be read out. */
export function plain(text: string): string {
  return blocksOf(text)
    .flatMap((block) => {
      if (block.kind === "code") return [block.text];
      return block.kind === "list" ? block.items.map(wordsOf) : [wordsOf(block.parts)];
    })
    .join("\n");
}

function wordsOf(parts: Part[]): string {
  return parts.map((part) => ("text" in part ? part.text : wordsOf(part.parts))).join("");
}

function nextBlock(lines: string[]): Block {
  const first = lines[0] ?? "";
  const end = FENCE.test(first) ? lines.findIndex((line, index) => index > 0 && FENCE.test(line)) : -1;
  if (end > 0) {
    const text = lines.slice(1, end).join("\n");
    lines.splice(0, end + 1);
    return { kind: "code", text };
  }
  if (QUOTE.test(first)) return { kind: "quote", parts: partsOf(taken(lines, QUOTE).join("\n")) };
  if (ITEM.test(first)) return { kind: "list", items: taken(lines, ITEM).map(partsOf) };
  const text = [lines.shift() ?? ""];
  while (lines.length > 0 && ![FENCE, QUOTE, ITEM].some((start) => start.test(lines[0] ?? ""))) {
    text.push(lines.shift() ?? "");
  }
  return { kind: "text", parts: partsOf(text.join("\n")) };
}

/** The lines from the first on that begin so, without their beginning. */
function taken(lines: string[], start: RegExp): string[] {
  const other = lines.findIndex((line) => !start.test(line));
  return lines.splice(0, other < 0 ? lines.length : other).map((line) => line.replace(start, ""));
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let plain = "";
  let from = 0;
  const close = () => {
    if (plain !== "") parts.push({ kind: "text", text: plain });
    plain = "";
  };
  for (const match of text.matchAll(INLINE)) {
    plain += text.slice(from, match.index);
    from = match.index + match[0].length;
    const part = emphasisOf(match, text);
    if (!part) plain += match[0];
    else {
      close();
      parts.push(part);
    }
  }
  plain += text.slice(from);
  close();
  return parts;
}

/** Nothing for an address, which is found again where it is shown, nor for what only looks like emphasis. */
function emphasisOf(match: RegExpExecArray, text: string): Part | undefined {
  const [whole, code, address, strong, struck, , em] = match;
  if (code !== undefined) return { kind: "code", text: code };
  const inner = strong ?? struck ?? em ?? "";
  if (address !== undefined || inner !== inner.trim()) return undefined;
  if (!BEFORE.test(text[match.index - 1] ?? "") || !AFTER.test(text[match.index + whole.length] ?? "")) return undefined;
  return { kind: strong !== undefined ? "strong" : struck !== undefined ? "del" : "em", parts: partsOf(inner) };
}
