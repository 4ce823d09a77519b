import { Captions, MessageSquareText, Users } from "lucide-react";
import type { ReactNode } from "react";
import { ToggleButton, TooltipTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Tooltip } from "../../design/Tooltip";
import type { PanelName } from "../panels/SidePanel";
import { usePeople } from "../state/hooks";

interface Props {
  open: PanelName | undefined;
  unread: number;
  onPanel: (name: PanelName) => void;
}

export function PanelButtons({ open, unread, onPanel }: Props) {
  const { t } = useTranslation();
  const people = usePeople().length;
  const button = (name: PanelName, label: string, icon: ReactNode, badge?: ReactNode) => (
    <TooltipTrigger delay={400} closeDelay={80}>
      <span className="with-badge">
        <ToggleButton
          id={`panel-button-${name}`}
          className="button icon-only control"
          aria-label={label}
          isSelected={open === name}
          onChange={() => onPanel(name)}
        >
          {icon}
        </ToggleButton>
        {badge}
      </span>
      <Tooltip label={t(`panels.${name}`)} />
    </TooltipTrigger>
  );
  return (
    <>
      {button("transcript", t("panels.transcript"), <Captions />)}
      {button(
        "people",
        t("panels.peopleCount", { count: people }),
        <Users />,
        <span className="badge count" aria-hidden="true">
          {people}
        </span>,
      )}
      {button(
        "chat",
        unread > 0 ? t("panels.chatUnread", { count: unread }) : t("panels.chat"),
        <MessageSquareText />,
        unread > 0 && (
          <span className="badge" aria-hidden="true">
            {unread > 9 ? "9+" : unread}
          </span>
        ),
      )}
    </>
  );
}
