import fc from "fast-check";
import { expect, test } from "vitest";
import { type Block, blocksOf, type Part, plain } from "./markdown";

/** As HTML would be, to be read: nothing of ours makes any. */
function shown(blocks: Block[]): string {
  return blocks
    .map((block) => {
      if (block.kind === "code") return `<pre>${block.text}</pre>`;
      if (block.kind === "list") return `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join("")}</ul>`;
      return block.kind === "quote" ? `<quote>${inline(block.parts)}</quote>` : inline(block.parts);
    })
    .join("|");
}

function inline(parts: Part[]): string {
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      if (part.kind === "code") return `<code>${part.text}</code>`;
      return `<${part.kind}>${inline(part.parts)}</${part.kind}>`;
    })
    .join("");
}

test.each([
  ["Bonjour,\nà tous", "Bonjour,\nà tous"],
  ["**Gras**, *penché*, _aussi_, ~~non~~", "<strong>Gras</strong>, <em>penché</em>, <em>aussi</em>, <del>non</del>"],
  ["**très ~~peu~~ gras**", "<strong>très <del>peu</del> gras</strong>"],
  ["`a * b * c` et `_x_`", "<code>a * b * c</code> et <code>_x_</code>"],
  ["nom_de_fichier et 2*3*4", "nom_de_fichier et 2*3*4"],
  ["* pas une *", "<ul><li>pas une *</li></ul>"],
  ["a * b * c", "a * b * c"],
  ["https://x.example/_a_ et **b**", "https://x.example/_a_ et <strong>b</strong>"],
  ["- un\n- *deux*\nfin", "<ul><li>un</li><li><em>deux</em></li></ul>|fin"],
  ["> dit\n> Zoé\nnon", "<quote>dit\nZoé</quote>|non"],
  ["```sh\nls **\n\n- x\n```\nfin", "<pre>ls **\n\n- x</pre>|fin"],
  ["```\nsans fin", "```\nsans fin"],
  ["[x](javascript:boom())", "[x](javascript:boom())"],
  ["<b>**x**</b> (**x**)", "<b>**x**</b> (<strong>x</strong>)"],
  ["/*`/*-->*/ a/*b*/c", "/*`/*-->*/ a/*b*/c"],
])("%j is %j", (typed, expected) => {
  expect(shown(blocksOf(typed))).toBe(expected);
});

test("no text is lost or takes long", () => {
  const words = fc.array(fc.constantFrom("a", " ", "*", "**", "_", "~~", "`", "```", "\n", "> ", "- ", "https://x"));
  fc.assert(
    fc.property(words, (typed) => {
      const letters = (text: string) => text.replace(/[^a:]/g, "");
      // Only what stands behind the fence of a code block, its language, goes.
      const text = typed.join("").replaceAll("```", "");
      expect(letters(shown(blocksOf(text)).replace(/<[^>]*>/g, ""))).toBe(letters(text));
    }),
  );
  for (const sign of ["*", "**", "_", "`", "~~", "> ", "- ", "https://", "**a", "`*_~"]) blocksOf(sign.repeat(4_000));
});

test("where nothing is emphasised the words are left, and signs that are none of ours", () => {
  expect(plain("**À lire** : `a*b`\n- *un*\n- deux\n> cité\n2 * 3 * 4")).toBe("À lire : a*b\nun\ndeux\ncité\n2 * 3 * 4");
});
