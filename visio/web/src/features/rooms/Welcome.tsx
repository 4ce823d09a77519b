import { Captions, Landmark, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ButtonLink } from "../../design/Button";
import { JoinByCode } from "./JoinByCode";
import { MeetingSketch } from "./MeetingSketch";
import "./Welcome.css";

/** The home of somebody who is not signed in: join with a code, or sign in. */
export function Welcome() {
  const { t } = useTranslation();
  return (
    <div className="welcome">
      <section className="welcome-words">
        <h1>{t("welcome.title")}</h1>
        <p className="welcome-lead">{t("welcome.lead")}</p>
        <ButtonLink href="/login" variant="primary" size="large">
          {t("account.signIn")}
        </ButtonLink>
        <JoinByCode label={t("join.invited")} />
        <ul className="welcome-promises">
          <li>
            <Landmark aria-hidden="true" />
            {t("welcome.sovereign")}
          </li>
          <li>
            <ShieldCheck aria-hidden="true" />
            {t("welcome.private")}
          </li>
          <li>
            <Captions aria-hidden="true" />
            {t("welcome.transcribed")}
          </li>
        </ul>
      </section>
      <MeetingSketch />
    </div>
  );
}
