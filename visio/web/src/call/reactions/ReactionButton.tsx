import { SmilePlus } from "lucide-react";
import { Dialog, DialogTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { useMediaQuery } from "../../design/useMediaQuery";
import { Palette } from "./Palette";

/** Where the bar is too narrow for it, its menu has it. */
export function ReactionButton() {
  const { t } = useTranslation();
  if (useMediaQuery("(width < 48rem)")) return null;
  return (
    <DialogTrigger>
      <IconButton className="control" label={t("reactions.react")} icon={<SmilePlus />} />
      <Dropdown placement="top">
        <Dialog aria-label={t("reactions.title")}>
          <Palette />
        </Dialog>
      </Dropdown>
    </DialogTrigger>
  );
}
