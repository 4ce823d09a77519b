import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { keep, kept } from "../design/kept";
import en from "./en.json";
import fr from "./fr.json";

export const LANGUAGES = ["fr", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = "visio.language";

/** Starts translation: the person's choice, else the browser's language, else French. */
export async function startLocales(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(initReactI18next).init({
    lng: preferredLanguage(kept(KEY), navigator.languages),
    fallbackLng: "fr",
    resources: { fr: { translation: fr }, en: { translation: en } },
    interpolation: { escapeValue: false },
  });
}

export async function chooseLanguage(language: Language): Promise<void> {
  keep(KEY, language);
  await i18next.changeLanguage(language);
}

export function preferredLanguage(chosen: string | null | undefined, spoken: readonly string[]): Language {
  const wishes = [chosen ?? "", ...spoken].map((wish) => wish.slice(0, 2).toLowerCase());
  return wishes.map((wish) => LANGUAGES.find((language) => language === wish)).find(Boolean) ?? "fr";
}
