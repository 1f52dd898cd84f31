import { expect, test } from "vitest";

import css from "../src/theme/tokens.css?raw";

/** WCAG 2.2, level AA: text against what it stands on. */
const RATIO_MIN = 4.5;
const TEXTS = [
  "ink",
  "muted",
  "accent",
  "available",
  "offered",
  "on_call",
  "wrap_up",
  "away",
  "offline",
  "near",
  "late",
];
const GROUNDS = ["surface", "raised", "hover"];

function tokens(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(selector)).split("}")[0] ?? "";
  return new Map(
    [...block.matchAll(/--([a-z_-]+): (#[0-9a-f]{6})/g)].map(([, name, color]) => [name ?? "", color ?? ""]),
  );
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function ratio(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

test.each([":root {", ':root[data-mantine-color-scheme="dark"] {'])(
  "text colours of %s then they can be read",
  (selector) => {
    const colors = tokens(selector);
    const weak = TEXTS.flatMap((text) =>
      GROUNDS.map((ground) => ({ text, ground, ratio: ratio(colors.get(text) ?? "", colors.get(ground) ?? "") })),
    ).filter((pair) => !(pair.ratio >= RATIO_MIN));
    expect(weak).toEqual([]);
  },
);
