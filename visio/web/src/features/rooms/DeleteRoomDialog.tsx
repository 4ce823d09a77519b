import { useTranslation } from "react-i18next";
import { type RoomSummary, useDeleteRoom } from "../../api/rooms";
import { Button } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";

export function DeleteRoomDialog({ room, onClose }: { room: RoomSummary; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useDeleteRoom(room.slug);
  return (
    <Modal title={t("rooms.deleteTitle", { title: room.title })} role="alertdialog" isOpen onClose={onClose}>
      <p className="soft">{t("rooms.deleteText")}</p>
      <ProblemNotice error={remove.error} />
      <div className="dialog-actions">
        <Button onPress={onClose} autoFocus>
          {t("common.cancel")}
        </Button>
        <Button
          variant="danger"
          isBusy={remove.isPending}
          onPress={() => remove.mutate(undefined, { onSuccess: onClose })}
        >
          {t("rooms.delete")}
        </Button>
      </div>
    </Modal>
  );
}
