import { Copy, Settings, Video, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useBranding } from "../../api/config";
import { Button, ButtonLink } from "../../design/Button";
import { IconButton } from "../../design/IconButton";
import { Spinner } from "../../design/Spinner";
import { useTheme } from "../../design/theme";
import { useCopy } from "../../design/useCopy";
import { linkTo, slugIn } from "../rooms/slug";
import { colourOf } from "./colour";
import { type Creation, useCreation, WINDOW } from "./useCreation";

/** What another site shows within a page of its own: makes a room, and then leads to it. */
export function CreateButton() {
  const { t } = useTranslation();
  const { name } = useBranding();
  const [search] = useSearchParams();
  const [first] = useState(() => slugIn(search.get("slug") ?? ""));
  const creation = useCreation(first);
  const colour = colourOf(search.get("backgroundColor"));
  useTheme("light");
  useEffect(() => {
    document.title = name;
    document.body.style.background = colour;
    return () => void document.body.style.removeProperty("background");
  }, [name, colour]);
  const { slug, own, state, start, clear } = creation;
  return (
    <main className="sdk-button">
      {slug ? (
        <Made
          slug={slug}
          settings={own || search.get("settings") === "true"}
          onClear={search.get("readOnly") === "false" ? clear : undefined}
        />
      ) : (
        <NotYet state={state} onStart={start} onCancel={clear} />
      )}
      <span className="visually-hidden" role="status">
        {slug ? t("sdk.made") : ""}
      </span>
    </main>
  );
}

interface NotYetProps {
  state: Creation["state"];
  onStart: () => void;
  onCancel: () => void;
}

function NotYet({ state, onStart, onCancel }: NotYetProps) {
  const { t } = useTranslation();
  if (state === "open") {
    return (
      <div className="sdk-line">
        <Spinner />
        <span>{t("sdk.open")}</span>
        <IconButton label={t("sdk.cancel")} icon={<X />} onPress={onCancel} />
      </div>
    );
  }
  return (
    <>
      <Button variant="primary" onPress={onStart}>
        <Video aria-hidden="true" />
        {t("sdk.create")}
      </Button>
      {state === "blocked" && (
        <p className="small" role="alert">
          {t("sdk.blocked")}
        </p>
      )}
    </>
  );
}

function Made({ slug, settings, onClear }: { slug: string; settings: boolean; onClear?: () => void }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  const url = linkTo(slug);
  return (
    <>
      <div className="sdk-line">
        <ButtonLink variant="primary" href={`/${slug}`} target="_blank">
          <Video aria-hidden="true" />
          {t("sdk.join")}
        </ButtonLink>
        {settings && (
          <IconButton
            label={t("sdk.settings")}
            icon={<Settings />}
            onPress={() => window.open(`${location.origin}/sdk/settings-popup/${slug}`, "visio-settings", WINDOW)}
          />
        )}
        {/* Where the page around us does not allow it, the link below can still be selected. */}
        <IconButton
          label={t(copied ? "common.copied" : "sdk.copy")}
          icon={<Copy />}
          onPress={() => void copy(url).catch(() => undefined)}
        />
        {onClear && <IconButton label={t("sdk.clear")} icon={<X />} onPress={onClear} />}
      </div>
      <p className="small sdk-url">{url.replace(/^https?:\/\//, "")}</p>
    </>
  );
}
