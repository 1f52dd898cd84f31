import "@mantine/core/styles.css";
import "@fontsource-variable/inter/wght.css";
import "./theme/tokens.css";

import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/app";
import { ServicesContext } from "./app/context";
import { makeServices } from "./app/services";
import { SCHEME_KEY, theme } from "./theme/theme";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no place for the app.");
const schemes = localStorageColorSchemeManager({ key: SCHEME_KEY });
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={schemes}>
      <ServicesContext value={makeServices()}>
        <App />
      </ServicesContext>
    </MantineProvider>
  </StrictMode>,
);
