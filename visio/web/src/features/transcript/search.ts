/** The text in alternating parts: outside a match, a match, outside … Case and accents do not matter. */
export function splitAt(raw: string, search: string): string[] {
  const text = raw.normalize("NFC");
  const wanted = fold(search.trim());
  if (wanted === "") return [text];
  const parts: string[] = [];
  const folded = fold(text);
  let from = 0;
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  return [...parts, text.slice(from)];
}

export function matches(text: string, search: string): boolean {
  return fold(text).includes(fold(search.trim()));
}

/** Lower case without accents, character for character so that positions stay the same. */
function fold(text: string): string {
  return [...text.normalize("NFC")].map(foldCharacter).join("");
}

function foldCharacter(character: string): string {
  const plain = character.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  return plain.length === character.length ? plain : character;
}
