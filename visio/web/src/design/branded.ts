import { useEffect } from "react";
import { useBranding } from "../api/config";
import ownIcon from "./favicon.svg";

/** Gives a page that is open already the colours and the icon that administrators have chosen since. */
export function useBrandedDocument(): void {
  const { id, logo } = useBranding();
  useEffect(() => {
    const sheet = document.querySelector<HTMLLinkElement>('link[rel="stylesheet"][href^="/branding/"]');
    const address = id === null ? null : `/branding/${id}/colours.css`;
    if (sheet?.getAttribute("href") !== address) replace(sheet, address);
  }, [id]);
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon) icon.href = logo ?? ownIcon;
  }, [logo]);
}

/** The old one goes when the new one is there: nothing flashes between them. */
function replace(old: HTMLLinkElement | null, address: string | null): void {
  if (address === null) return old?.remove();
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = address;
  sheet.onload = () => old?.remove();
  document.head.append(sheet);
}
