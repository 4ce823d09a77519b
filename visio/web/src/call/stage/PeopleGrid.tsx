import type { Participant } from "livekit-client";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { useSize } from "../../design/useSize";
import { layoutGrid, pageCount, pageOf } from "../state/layout";
import { Tile } from "./Tile";

/** The tiles of everybody, as large as they fit; further pages when they would be too small. */
export function PeopleGrid({ people, aside }: { people: Participant[]; aside: boolean }) {
  const { t } = useTranslation();
  const element = useRef<HTMLDivElement>(null);
  const grid = layoutGrid(people.length, useSize(element));
  const [wanted, setPage] = useState(0);
  const pages = pageCount(people.length, grid.perPage);
  const page = Math.min(wanted, pages - 1);
  return (
    <div className={aside ? "people aside" : "people"}>
      <div className="people-space" ref={element}>
        <ul className="tiles" aria-label={t("call.people")}>
          {pageOf(people, page, grid.perPage).map((person) => (
            <Tile key={person.identity} participant={person} width={grid.tileWidth} height={grid.tileHeight} />
          ))}
        </ul>
      </div>
      {pages > 1 && (
        <nav className="pages" aria-label={t("call.pages")}>
          <IconButton
            label={t("call.previousPage")}
            icon={<ChevronLeft />}
            isDisabled={page === 0}
            onPress={() => setPage(page - 1)}
          />
          <span aria-live="polite">{t("call.page", { page: page + 1, pages })}</span>
          <IconButton
            label={t("call.nextPage")}
            icon={<ChevronRight />}
            isDisabled={page === pages - 1}
            onPress={() => setPage(page + 1)}
          />
        </nav>
      )}
    </div>
  );
}
