import { EllipsisVertical, LockOpen, Scale, Trash2 } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type PastMeeting, usePurge } from "../../../api/records";
import { Confirmation } from "../../../design/Confirmation";
import { Dropdown } from "../../../design/Dropdown";
import { formatMoment } from "../../../design/format";
import { IconButton } from "../../../design/IconButton";
import { HoldMeeting, ReleaseMeeting } from "./HoldDialogs";

export type MeetingAction = "hold" | "release" | "purge";

interface MenuProps {
  meeting: PastMeeting;
  onChoose: (action: MeetingAction) => void;
}

export function MeetingActionMenu({ meeting, onChoose }: MenuProps) {
  const { t, i18n } = useTranslation();
  const { title, started_at, held_at } = meeting;
  const label = t("records.meetings.actions", { title, when: formatMoment(started_at, i18n.language) });
  return (
    <MenuTrigger>
      <IconButton label={label} icon={<EllipsisVertical />} />
      <Dropdown placement="bottom end">
        <Menu aria-label={label} onAction={(key) => onChoose(key as MeetingAction)}>
          {held_at === null ? (
            <MenuItem id="hold" className="item">
              <Scale aria-hidden="true" />
              {t("records.hold.hold")}
            </MenuItem>
          ) : (
            <MenuItem id="release" className="item">
              <LockOpen aria-hidden="true" />
              {t("records.hold.release")}
            </MenuItem>
          )}
          {held_at === null && (
            <MenuItem id="purge" className="item destructive">
              <Trash2 aria-hidden="true" />
              {t("records.meetings.purge")}
            </MenuItem>
          )}
        </Menu>
      </Dropdown>
    </MenuTrigger>
  );
}

interface Props {
  action: MeetingAction;
  meeting: PastMeeting;
  onClose: () => void;
}

export function MeetingActionDialog({ action, meeting, onClose }: Props) {
  switch (action) {
    case "hold":
      return <HoldMeeting meeting={meeting} onClose={onClose} />;
    case "release":
      return <ReleaseMeeting meeting={meeting} onClose={onClose} />;
    case "purge":
      return <PurgeMeeting meeting={meeting} onClose={onClose} />;
  }
}

function PurgeMeeting({ meeting, onClose }: { meeting: PastMeeting; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const purge = usePurge(meeting.id);
  return (
    <Confirmation
      title={t("records.meetings.purgeTitle", { title: meeting.title })}
      text={t("records.meetings.purgeText", { when: formatMoment(meeting.started_at, i18n.language) })}
      action={t("records.meetings.purge")}
      error={purge.error}
      isBusy={purge.isPending}
      onConfirm={() => purge.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
