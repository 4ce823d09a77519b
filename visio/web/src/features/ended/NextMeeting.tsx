import { CalendarDays } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useUpcoming } from "../../api/scheduled";
import { useAccount } from "../../api/session";
import { formatDay, formatTime } from "../../design/format";

/** When one meets here again, where that is planned and one is told of it. */
export function NextMeeting({ slug }: { slug: string }) {
  return useAccount() ? <Planned slug={slug} /> : null;
}

function Planned({ slug }: { slug: string }) {
  const { t, i18n } = useTranslation();
  const coming = useUpcoming(LOOKED_AT).data?.pages[0]?.meetings ?? [];
  const next = coming.find(({ room, begins }) => room.slug === slug && begins > Date.now());
  if (!next) return null;
  return (
    <p className="ended-next">
      <CalendarDays aria-hidden="true" />
      <span>
        {t("ended.next", { day: formatDay(next.begins, i18n.language), time: formatTime(next.begins, i18n.language) })}
      </span>
    </p>
  );
}

/** Meetings to come, of all rooms: what is farther away is not told of. */
const LOOKED_AT = 20;
