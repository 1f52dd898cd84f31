export const FIRST_DELAY_MS = 250;
export const DELAY_MS_MAX = 8_000;

/**
 * How long to wait before attempt `attempt` (0 is the first): doubling up to a limit, and anywhere in the upper half of
 * that, so that a house full of browsers does not come back at one moment. `random` is between 0 and 1.
 */
export function delayMs(attempt: number, random: number): number {
  const whole = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16));
  return whole / 2 + (whole / 2) * random;
}
