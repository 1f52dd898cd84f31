import { createTheme } from "@mantine/core";
import type { MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#eef1fd",
  "#dbe1f8",
  "#b5c0ef",
  "#8ea5ff",
  "#6d83df",
  "#4f68d2",
  "#3a56c5",
  "#3049ab",
  "#263b8a",
  "#1d2e6d",
];

/** Filled with white text on it: 6:1 from shade 7 on. */
const go: MantineColorsTuple = [
  "#e6f6ee",
  "#cdeadb",
  "#9bd6b8",
  "#66c193",
  "#3fae76",
  "#269b61",
  "#1b8653",
  "#157145",
  "#105a37",
  "#0b4429",
];

/** Greys of the dark scheme, as cool as its surfaces. */
const dark: MantineColorsTuple = [
  "#d6dbe3",
  "#b4bcc8",
  "#9ba5b4",
  "#6d7787",
  "#3d4653",
  "#2c3440",
  "#1f2530",
  "#171b22",
  "#12161c",
  "#0e1116",
];

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: { light: 6, dark: 5 },
  autoContrast: true,
  colors: { ink, go, dark },
  defaultRadius: "md",
  fontFamily: '"Inter Variable", "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontWeight: "600" },
  cursorType: "pointer",
});

export const SCHEME_KEY = "strowger-color-scheme";
