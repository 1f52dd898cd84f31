import { useEffect } from "react";

import type { Presence } from "../../protocol/generated";
import { presenceColor } from "../../ui/presence";

/** The title and the icon carry the agent's state to other tabs. */
export function usePageSign(title: string, presence: Presence | null): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (link === null) return;
    const name = presence === null ? "--offline" : presenceColor(presence).slice(4, -1);
    const color = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const shape =
      presence === "offered"
        ? '<path d="M16 3 30 28H2Z"/>'
        : presence === "on_call"
          ? '<rect x="3" y="3" width="26" height="26" rx="5"/>'
          : '<circle cx="16" cy="16" r="13"/>';
    const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="${color}">${shape}</svg>`;
    link.href = `data:image/svg+xml,${encodeURIComponent(image)}`;
    return () => {
      link.href = "/favicon.svg";
    };
  }, [presence]);
}
