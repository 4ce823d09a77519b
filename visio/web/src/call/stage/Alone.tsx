import { useTranslation } from "react-i18next";
import { CopyLink } from "../../features/rooms/CopyLink";
import { linkTo } from "../../features/rooms/slug";
import { useCall } from "../state/CallContext";
import { useRoomState } from "../state/hooks";

/** Nobody else is here yet: what to send them. */
export function Alone() {
  const { t } = useTranslation();
  const { slug } = useCall();
  const { title } = useRoomState();
  return (
    <aside className="alone" aria-label={t("call.alone")}>
      <strong>{t("call.alone")}</strong>
      <p className="small soft">{t("call.aloneText")}</p>
      <p className="alone-link truncate">{linkTo(slug).replace(/^https?:\/\//, "")}</p>
      <CopyLink slug={slug} title={title} />
    </aside>
  );
}
