import { useTranslation } from "react-i18next";
import { Navigate, useParams } from "react-router";
import { Problem } from "../api/request";
import { useRoom } from "../api/rooms";
import { isUnfinished, useAccount } from "../api/session";
import { usePresence } from "../call/state/usePresence";
import { Loading } from "../design/Loading";
import { signInPath } from "../features/account/AccountMenu";
import { useEmbedder } from "../features/embed/useEmbedder";
import { Ended } from "../features/ended/Ended";
import { PreJoin } from "../features/prejoin/PreJoin";
import { RoomRefused } from "../features/prejoin/RoomRefused";
import { PageFrame } from "./PageFrame";

/** A room, from its link: look in the mirror, be in the meeting, see what it made. */
export default function RoomPage() {
  const { slug = "" } = useParams();
  return <RoomOf key={slug} slug={slug} />;
}

/** A room that one may not know of answers like one that is none: one may ask to be let in. */
function isHidden(error: unknown): boolean {
  return error instanceof Problem && error.code === "room_not_found";
}

function RoomOf({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const room = useRoom(slug);
  const account = useAccount();
  const presence = usePresence(slug);
  useEmbedder(slug, presence);
  if (isUnfinished(account)) return <Navigate to={signInPath(`/${slug}`)} replace />;
  if (presence.state === "in") return <presence.Call session={presence.session} />;
  if (presence.state === "ended") {
    return (
      <PageFrame title={presence.ending.title} hasTest={presence.ending.reason === "connection_lost"}>
        <Ended ending={presence.ending} onRejoin={presence.comeBack} />
      </PageFrame>
    );
  }
  return (
    <PageFrame title={room.data?.title ?? t("prejoin.about")} hasTest>
      {room.error && !isHidden(room.error) ? (
        <RoomRefused error={room.error} onRetry={() => void room.refetch()} />
      ) : (room.data || room.error) && account !== undefined ? (
        <PreJoin
          slug={slug}
          room={room.error ? undefined : room.data}
          account={account}
          joining={presence.state === "joining"}
          wait={presence.state === "waiting" ? presence.wait : undefined}
          onGiveUp={presence.giveUp}
          error={presence.state === "out" ? presence.error : undefined}
          isBack={presence.state === "out" && presence.isBack === true}
          onJoin={presence.join}
        />
      ) : (
        <Loading />
      )}
    </PageFrame>
  );
}
