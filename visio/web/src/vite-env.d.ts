/// <reference types="vite/client" />

import "react";

declare module "react" {
  interface CSSProperties {
    "--avatar"?: string;
    "--lane"?: number;
  }
}
