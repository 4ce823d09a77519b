import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { keep, kept } from "../design/kept";
import { spaced, type Texts } from "./spacing";

export const LANGUAGES = ["fr", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = "visio.language";

// Nobody reads both: a page loads one.
const TEXTS = {
  fr: async () => spaced((await import("./fr.json")).default),
  en: async (): Promise<Texts> => (await import("./en.json")).default,
};

/** Starts translation: the person's choice, else the browser's language, else French. */
export async function startLocales(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  const language = preferredLanguage(kept(KEY), navigator.languages);
  const texts = await TEXTS[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    // Both have the same keys (locales.test.ts).
    fallbackLng: false,
    resources: { [language]: { translation: texts } },
    interpolation: { escapeValue: false },
  });
}

export async function chooseLanguage(language: Language): Promise<void> {
  keep(KEY, language);
  const texts = await TEXTS[language]();
  i18next.addResourceBundle(language, "translation", texts);
  await i18next.changeLanguage(language);
}

export function preferredLanguage(chosen: string | null | undefined, spoken: readonly string[]): Language {
  const wishes = [chosen ?? "", ...spoken].map((wish) => wish.slice(0, 2).toLowerCase());
  return wishes.map((wish) => LANGUAGES.find((language) => language === wish)).find(Boolean) ?? "fr";
}
