// Custom properties in `style`. What is added to another interface has to have that interface's form.
/* eslint-disable @typescript-eslint/consistent-indexed-object-style */
import "react";

declare module "react" {
  interface CSSProperties {
    [variable: `--${string}`]: string | number | undefined;
  }
}
