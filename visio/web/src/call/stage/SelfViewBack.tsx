import { Eye } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { useObservable } from "../state/hooks";
import { selfView } from "../state/view";
import { SELF_BACK, toggleSelf } from "./selfViewFocus";

/** The way back to one's own picture, where it is hidden. */
export function SelfViewBack() {
  const { t } = useTranslation();
  if (useObservable(selfView) === "shown") return null;
  return (
    <IconButton
      id={SELF_BACK}
      className="tile-tool self-back"
      label={t("stage.showSelf")}
      icon={<Eye />}
      onPress={() => toggleSelf("shown")}
    />
  );
}
