import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import type { Rect } from "../state/layout";

interface Props {
  rect: Rect;
  page: number;
  pages: number;
  onTurn: (page: number) => void;
}

/** Turns the pages of those who do not fit on the stage at once. */
export function Pager({ rect, page, pages, onTurn }: Props) {
  const { t } = useTranslation();
  return (
    <nav className="pages" style={{ ...rect }} aria-label={t("call.pages")}>
      <IconButton
        label={t("call.previousPage")}
        icon={<ChevronLeft />}
        isDisabled={page === 0}
        onPress={() => onTurn(page - 1)}
      />
      <span aria-live="polite">
        <span aria-hidden="true">{`${page + 1}/${pages}`}</span>
        <span className="visually-hidden">{t("call.page", { page: page + 1, pages })}</span>
      </span>
      <IconButton
        label={t("call.nextPage")}
        icon={<ChevronRight />}
        isDisabled={page === pages - 1}
        onPress={() => onTurn(page + 1)}
      />
    </nav>
  );
}
