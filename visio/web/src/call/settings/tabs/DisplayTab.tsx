import { useTranslation } from "react-i18next";
import { RadioCards } from "../../../design/RadioCards";
import { FONT, TEXT_SIZE } from "../../../design/reading";
import { Select } from "../../../design/Select";
import { chooseTheme, useThemeChoice } from "../../../design/theme";
import { THEMES } from "../../../features/settings/PreferencesMenu";
import { chooseLanguage, type Language, LANGUAGES } from "../../../locales";
import { Choose } from "./Choose";

export function DisplayTab() {
  const { t, i18n } = useTranslation();
  const theme = useThemeChoice();
  return (
    <>
      <Select
        label={t("preferences.language")}
        value={i18n.language}
        options={LANGUAGES.map((id) => ({ id, name: t(`languages.${id}`) }))}
        onChange={(language) => void chooseLanguage(language as Language)}
      />
      <Choose choice={FONT} label={t("display.font")} names={(font) => t(`display.fonts.${font}`)} />
      <Choose choice={TEXT_SIZE} label={t("display.textSize")} names={(size) => t(`display.textSizes.${size}`)} />
      <RadioCards
        label={t("preferences.theme")}
        value={theme}
        choices={THEMES.map((value) => ({ value, title: t(`themes.${value}`) }))}
        onChange={chooseTheme}
      />
    </>
  );
}
