import { Phone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { useCall } from "../state/CallContext";

export function LeaveButton() {
  const { t } = useTranslation();
  const { room } = useCall();
  return (
    <IconButton
      className="control leave"
      label={t("call.leave")}
      icon={<Phone />}
      onPress={() => void room.disconnect()}
    />
  );
}
