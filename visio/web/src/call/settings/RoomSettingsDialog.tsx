import { useTranslation } from "react-i18next";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { RoomRules } from "../../features/rooms/RoomRules";
import { useRoomState } from "../state/hooks";
import { useRoomChange } from "../state/useHosting";

/** The room's settings during a meeting: each takes effect at once, for everybody inside. */
export function RoomSettingsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { settings } = useRoomState();
  const change = useRoomChange();
  return (
    <Modal title={t("rules.title")} isOpen onClose={onClose}>
      <p className="soft">{t("rules.live")}</p>
      <ProblemNotice error={change.error} />
      <RoomRules settings={settings} onChange={(changed) => change.mutate(changed)} />
    </Modal>
  );
}
