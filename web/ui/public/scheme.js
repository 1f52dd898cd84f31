// Before the first paint: the colours that were chosen here last, or the system's. The content policy allows no script
// inside the page, so this one is a file of its own.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("strowger-color-scheme");
  } catch {
    chosen = null;
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
