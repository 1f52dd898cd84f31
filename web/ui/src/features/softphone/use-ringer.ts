import { useEffect, useState } from "react";

import { Ringer } from "./ringer";

/** Rings while `headline` is there. Returns whether the browser keeps the page silent until somebody touches it. */
export function useRinger(headline: string | null, text: string): boolean {
  const [ringer] = useState(() => new Ringer());
  const [silent, setSilent] = useState(true);
  useEffect(() => {
    const touched = (): void => {
      ringer.unlock();
      setTimeout(() => setSilent(ringer.silent), 100);
    };
    touched();
    addEventListener("pointerdown", touched);
    addEventListener("keydown", touched);
    return () => {
      removeEventListener("pointerdown", touched);
      removeEventListener("keydown", touched);
    };
  }, [ringer]);
  useEffect(() => {
    if (headline === null) return undefined;
    ringer.start(headline, text);
    return () => ringer.stop();
  }, [ringer, headline, text]);
  return silent;
}
