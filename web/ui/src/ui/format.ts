/** Figures as people read them. */

/** 0:05, 4:12, 1:02:03. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1_000));
  const [hours, minutes, seconds] = [Math.floor(total / 3_600), Math.floor((total % 3_600) / 60), total % 60];
  const tail = String(seconds).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** 84 %, or a dash where there is no figure. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 100)} %`;
}

export function durationOrDash(ms: number | null): string {
  return ms === null ? "–" : duration(ms);
}

/** +40 … 88: enough to recognise a caller, too little to note down. */
export function masked(number: string): string {
  const digits = number.replace(/[^\d+]/g, "");
  return digits.length < 6 ? digits : `${digits.slice(0, 3)} … ${digits.slice(-2)}`;
}

/** Codes such as `rescheduled-visit` as words. */
export function words(code: string): string {
  const text = code.replace(/[-_]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
