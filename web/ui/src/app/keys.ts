import { useEffect, useRef } from "react";

/** One key of a page. `run` is called only while `enabled`. */
export interface Key {
  readonly key: string;
  readonly label: string;
  readonly run: () => void;
  readonly enabled: boolean;
}

const WITH_TEXT = "input, textarea, select, [contenteditable=true]";

/** Keys of the page, as long as nobody writes, no dialog or menu is open, and the key is not held down. */
export function useKeys(keys: readonly Key[]): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const { target } = event;
      if (target instanceof Element && target.matches(WITH_TEXT)) return;
      if (document.querySelector("[role=dialog], [role=menu]") !== null) return;
      // Enter on a button that has the focus is that button's.
      if (event.key === "Enter" && target instanceof HTMLButtonElement && target.dataset["key"] !== "Enter") return;
      const found = current.current.find((one) => one.enabled && one.key.toLowerCase() === event.key.toLowerCase());
      if (found === undefined) return;
      event.preventDefault();
      found.run();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
