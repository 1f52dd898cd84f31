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

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: { light: 6, dark: 4 },
  autoContrast: true,
  colors: { ink },
  defaultRadius: "md",
  fontFamily: 'Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontWeight: "600" },
  cursorType: "pointer",
});

export const SCHEME_KEY = "strowger-color-scheme";
