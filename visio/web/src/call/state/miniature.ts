import { Observable } from "./observable";

/** A window of our own above all others (Chromium); its name is the browser's. */
interface Miniatures {
  requestWindow: (options: { width: number; height: number }) => Promise<Window>;
}

/** How this browser shows a meeting above other windows: with our controls, one picture, or not at all. */
export function kindOf(browser: { documentPictureInPicture?: unknown }, page: { pictureInPictureEnabled?: boolean }) {
  if (browser.documentPictureInPicture) return "window";
  return page.pictureInPictureEnabled ? "picture" : undefined;
}

/** The meeting in small, above the other windows of the screen. */
export class Miniature {
  /** While it is one with our controls. */
  readonly window = new Observable<Window | undefined>(undefined);
  readonly kind = kindOf(window as { documentPictureInPicture?: unknown }, document);

  readonly toggle = async (): Promise<void> => {
    if (this.kind === "window") await (this.window.get() ? this.close() : this.open());
    else if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await pictureOf(document)?.requestPictureInPicture();
  };

  readonly close = (): void => this.window.get()?.close();

  private async open(): Promise<void> {
    const { documentPictureInPicture } = window as unknown as { documentPictureInPicture: Miniatures };
    const opened = await documentPictureInPicture.requestWindow({ width: 360, height: 270 });
    dress(opened.document);
    opened.addEventListener("pagehide", () => this.window.set(undefined));
    this.window.set(opened);
  }
}

/** What a browser could show that has no windows of ours: the first picture of the stage, shares being first. */
export function pictureOf(page: Document): HTMLVideoElement | null {
  return page.querySelector(".stage video");
}

/** It begins empty: it gets our language, colours and styles. */
function dress({ documentElement, head }: Document): void {
  const title = head.ownerDocument.createElement("title");
  title.textContent = document.title;
  head.append(title);
  documentElement.lang = document.documentElement.lang;
  documentElement.dataset.theme = "dark";
  for (const { href } of document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")) {
    const link = head.ownerDocument.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    head.append(link);
  }
}
