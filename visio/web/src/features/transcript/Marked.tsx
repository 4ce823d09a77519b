import { splitAt } from "./search";

/** A text with what was searched for marked in it. */
export function Marked({ text, search }: { text: string; search: string }) {
  return splitAt(text, search).map((part, index) => (index % 2 === 0 ? part : <mark key={index}>{part}</mark>));
}
