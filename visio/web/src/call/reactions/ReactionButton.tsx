import { SmilePlus } from "lucide-react";
import { useMemo, useState } from "react";
import { Dialog, DialogTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { useMediaQuery } from "../../design/useMediaQuery";
import { useShortcutOf, useShortcuts } from "../bar/shortcuts";
import { Palette } from "./Palette";

/** Where the bar is too narrow for it, its menu has it. */
export function ReactionButton() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const narrow = useMediaQuery("(width < 48rem)");
  useShortcuts(useMemo(() => ({ reactions: () => setOpen((open) => !open) }), []));
  const shortcut = useShortcutOf("reactions");
  if (narrow) return null;
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <IconButton className="control" label={t("reactions.react")} shortcut={shortcut} icon={<SmilePlus />} />
      <Dropdown placement="top">
        <Dialog aria-label={t("reactions.title")}>
          <Palette />
        </Dialog>
      </Dropdown>
    </DialogTrigger>
  );
}
