/** Words of one language, by their keys. */
export interface Texts {
  [key: string]: string | Texts;
}

/** Keeps together what French writes apart: no line begins with a colon, or ends with an opening quotation mark. */
export function spaced(texts: Texts): Texts {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, typeof text === "string" ? spacedText(text) : spaced(text)]),
  );
}

function spacedText(text: string): string {
  return text.replace(/ (?=[:;?!»%])/g, "\u00a0").replace(/« /g, "«\u00a0");
}
