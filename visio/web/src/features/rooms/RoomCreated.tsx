import { useTranslation } from "react-i18next";
import type { RoomSummary } from "../../api/rooms";
import { Button, ButtonLink } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { CopyLink } from "./CopyLink";
import { linkTo } from "./slug";

/** The second half of creating a room: its link, ready to be shared. */
export function RoomCreated({ room, onClose }: { room: RoomSummary; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal title={t("rooms.ready")} isOpen onClose={onClose}>
      <p className="soft">{t(`access.${room.access}.share`)}</p>
      <div className="link-line">
        <span>{linkTo(room.slug)}</span>
        <CopyLink slug={room.slug} title={room.title} />
      </div>
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("common.later")}</Button>
        <ButtonLink href={`/${room.slug}`} variant="primary">
          {t("rooms.enter")}
        </ButtonLink>
      </div>
    </Modal>
  );
}
