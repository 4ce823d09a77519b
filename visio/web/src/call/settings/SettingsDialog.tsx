import type { ReactNode } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Modal } from "../../design/Modal";
import { ShortcutList } from "./ShortcutList";
import { CaptionsTab } from "./tabs/CaptionsTab";
import { DevicesTab } from "./tabs/DevicesTab";
import { DisplayTab } from "./tabs/DisplayTab";
import { SoundsTab } from "./tabs/SoundsTab";
import "./settings.css";

/** Everything that a person may set during a meeting, in one dialog. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const sections: [id: string, title: string, content: ReactNode][] = [
    ["devices", t("settings.devices"), <DevicesTab key="devices" />],
    ["sounds", t("settings.sounds"), <SoundsTab key="sounds" />],
    ["display", t("settings.display"), <DisplayTab key="display" />],
    ["captions", t("settings.captions"), <CaptionsTab key="captions" />],
    ["shortcuts", t("shortcuts.title"), <ShortcutList key="shortcuts" />],
  ];
  return (
    <Modal title={t("settings.title")} isOpen onClose={onClose}>
      <Tabs className="settings">
        <TabList className="settings-tabs" aria-label={t("settings.title")}>
          {sections.map(([id, title]) => (
            <Tab key={id} id={id} className="settings-tab">
              {title}
            </Tab>
          ))}
        </TabList>
        {sections.map(([id, , content]) => (
          <TabPanel key={id} id={id} className="settings-section">
            {content}
          </TabPanel>
        ))}
      </Tabs>
    </Modal>
  );
}
