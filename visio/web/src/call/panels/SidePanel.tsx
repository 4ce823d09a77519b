import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { ChatPanel } from "./ChatPanel";
import { PeoplePanel } from "./PeoplePanel";
import { TranscriptPanel } from "./TranscriptPanel";
import "./SidePanel.css";

const PANELS = { chat: ChatPanel, people: PeoplePanel, transcript: TranscriptPanel };

export type PanelName = keyof typeof PANELS;

/** The one panel at the side. Escape closes it, opening it moves the focus there. */
export function SidePanel({ name, onClose }: { name: PanelName; onClose: () => void }) {
  const { t } = useTranslation();
  const element = useRef<HTMLElement>(null);
  const Content = PANELS[name];
  useEffect(() => element.current?.focus(), [name]);
  return (
    <aside
      ref={element}
      className="panel"
      aria-label={t(`panels.${name}`)}
      tabIndex={-1}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <div className="panel-head">
        <h2>{t(`panels.${name}`)}</h2>
        <IconButton label={t("panels.close")} icon={<X />} onPress={onClose} />
      </div>
      <Content key={name} />
    </aside>
  );
}
