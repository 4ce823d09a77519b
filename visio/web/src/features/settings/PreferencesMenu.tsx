import { SlidersHorizontal } from "lucide-react";
import { Header, Menu, MenuItem, MenuSection, MenuTrigger, Separator } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../../design/theme";
import { chooseLanguage, type Language, LANGUAGES } from "../../locales";
import "./PreferencesMenu.css";

export const THEMES: ThemeChoice[] = ["auto", "light", "dark"];

/** Language and colours, one click from every page. */
export function PreferencesMenu() {
  const { t, i18n } = useTranslation();
  const theme = useThemeChoice();
  return (
    <MenuTrigger>
      <IconButton label={t("preferences.title")} icon={<SlidersHorizontal />} />
      <Dropdown className="preferences" placement="bottom end">
        <Menu aria-label={t("preferences.title")}>
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[i18n.language]}
            onSelectionChange={(keys) => void chooseLanguage([...keys][0] as Language)}
          >
            <Header>{t("preferences.language")}</Header>
            {LANGUAGES.map((language) => (
              <MenuItem key={language} id={language} className="item" lang={language}>
                {t(`languages.${language}`)}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator />
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[theme]}
            onSelectionChange={(keys) => chooseTheme([...keys][0] as ThemeChoice)}
          >
            <Header>{t("preferences.theme")}</Header>
            {THEMES.map((choice) => (
              <MenuItem key={choice} id={choice} className="item">
                {t(`themes.${choice}`)}
              </MenuItem>
            ))}
          </MenuSection>
        </Menu>
      </Dropdown>
    </MenuTrigger>
  );
}
