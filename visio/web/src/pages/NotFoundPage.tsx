import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ButtonLink } from "../design/Button";
import { Emptiness } from "../design/Emptiness";
import { PageFrame } from "./PageFrame";

export default function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <PageFrame title={t("notFound.title")}>
      <Emptiness level={1} icon={<Compass />} title={t("notFound.title")} text={t("notFound.text")}>
        <ButtonLink href="/" variant="primary">
          {t("common.backHome")}
        </ButtonLink>
      </Emptiness>
    </PageFrame>
  );
}
