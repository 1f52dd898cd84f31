/** The ports of a real browser. */

import { API_PREFIX } from "../protocol/generated";
import type { Ports, Socket } from "./connection";

export const browserPorts: Ports = {
  open: (subprotocol) => {
    const address = new URL(`${API_PREFIX}/ws`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    return new WebSocket(address, subprotocol) as Socket;
  },
  now: () => Date.now(),
  random: () => Math.random(),
  later: (work, delayMs) => {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};
