import { Hand } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { useShortcutOf, useShortcuts } from "../bar/shortcuts";
import { useOwnHand } from "./useHands";

export function HandButton() {
  const { t } = useTranslation();
  const { raised, toggle } = useOwnHand();
  useShortcuts(useMemo(() => ({ hand: toggle }), [toggle]));
  return (
    <IconButton
      className={raised ? "control active" : "control"}
      label={t(raised ? "hands.lower" : "hands.raise")}
      shortcut={useShortcutOf("hand")}
      icon={<Hand />}
      onPress={toggle}
    />
  );
}
