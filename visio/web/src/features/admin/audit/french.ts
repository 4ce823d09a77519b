/** French melts "de le" and "à le" into one word: sentences do not know what will stand in them. */
export function melted(sentence: string, what: string): string {
  if (!what.startsWith("le ")) return sentence;
  const rest = what.slice(3);
  return sentence.replace(`de ${what}`, () => `du ${rest}`).replace(`à ${what}`, () => `au ${rest}`);
}
