import { Download, Search } from "lucide-react";
import type { ReactNode } from "react";
import { Input, Label, SearchField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Listing } from "../../api/live";
import { Button, ButtonLink } from "../../design/Button";

interface Props {
  label: string;
  search: string;
  onSearch: (search: string) => void;
  /** Where all of the list is to be had as a table. */
  table: string;
  /** What else narrows the list. */
  children?: ReactNode;
}

/** Above a list: a word to find, and the list to take away. */
export function ListTools({ label, search, onSearch, table, children }: Props) {
  const { t } = useTranslation();
  return (
    <div className="list-tools">
      <SearchField className="field" value={search} onChange={onSearch} maxLength={200}>
        <Label className="visually-hidden">{label}</Label>
        <Search aria-hidden="true" />
        <Input className="input" placeholder={label} />
      </SearchField>
      {children}
      <ButtonLink href={table} download>
        <Download aria-hidden="true" />
        {t("admin.csv")}
      </ButtonLink>
    </div>
  );
}

interface PagerProps {
  listing: Listing;
  total: number;
  onChange: (change: Partial<Listing>) => void;
}

/** Below a list that has more than one page. */
export function Pager({ listing: { offset, limit }, total, onChange }: PagerProps) {
  const { t } = useTranslation();
  if (total <= limit && offset === 0) return null;
  return (
    <nav className="pager" aria-label={t("admin.pages")}>
      <Button size="small" isDisabled={offset === 0} onPress={() => onChange({ offset: Math.max(0, offset - limit) })}>
        {t("admin.previous")}
      </Button>
      <span className="small soft" role="status">
        {t("admin.range", { from: Math.min(offset + 1, total), to: Math.min(offset + limit, total), total })}
      </span>
      <Button size="small" isDisabled={offset + limit >= total} onPress={() => onChange({ offset: offset + limit })}>
        {t("admin.next")}
      </Button>
    </nav>
  );
}
