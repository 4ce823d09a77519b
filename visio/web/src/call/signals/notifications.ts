import { Choice } from "../../design/choice";

/** Whether a person wants to be told by their system while they look at something else. */
export const NOTIFICATIONS = new Choice("visio.notifications", ["off", "on"]);

export function canNotify(): boolean {
  return "Notification" in window;
}

/** Asks the browser, which asks the person; whether they allow it. */
export async function allowNotifications(): Promise<boolean> {
  const allowed = (await Notification.requestPermission()) === "granted";
  NOTIFICATIONS.choose(allowed ? "on" : "off");
  return allowed;
}

/** Tells somebody who looks elsewhere; a newer one of the same tag replaces the older. */
export function notify(text: string, tag: string): void {
  if (!document.hidden || NOTIFICATIONS.get() === "off" || !canNotify() || Notification.permission !== "granted") return;
  try {
    const shown = new Notification(text, { tag: `visio.${tag}` });
    shown.onclick = () => window.focus();
  } catch {
    // Android's Chromium shows none without a service worker; the tab's title says it there.
  }
}
