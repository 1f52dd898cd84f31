/**
 * A ring that is not missed: a tone, and a notification where that was allowed. Of several tabs only one makes noise:
 * the one that holds the browser's lock of that name.
 */

const LOCK = "strowger-ring";
const TONE_HZ = [440, 554.37] as const;
const BURST_S = 0.9;
const PERIOD_MS = 2_400;
const VOLUME = 0.16;

export class Ringer {
  private context: AudioContext | null = null;
  private stopRing: (() => void) | null = null;

  /** Browsers allow sound once somebody has touched the page. */
  unlock(): void {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") void this.context.resume();
  }

  get silent(): boolean {
    return this.context?.state !== "running";
  }

  start(headline: string, text: string): void {
    if (this.stopRing !== null) return;
    let stopped = false;
    let quiet: () => void = () => undefined;
    const ring = async (): Promise<void> => {
      if (stopped) return;
      const timer = setInterval(() => this.burst(), PERIOD_MS);
      this.burst();
      const note = notify(headline, text);
      await new Promise<void>((resolve) => {
        quiet = resolve;
      });
      clearInterval(timer);
      note?.close();
    };
    this.stopRing = () => {
      stopped = true;
      quiet();
    };
    // Locks exist only on trustworthy origins; anywhere else every tab rings.
    if ("locks" in navigator) void navigator.locks.request(LOCK, ring);
    else void ring();
  }

  stop(): void {
    this.stopRing?.();
    this.stopRing = null;
  }

  private burst(): void {
    const { context } = this;
    if (context?.state !== "running") return;
    const begin = context.currentTime;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(VOLUME, begin + 0.04);
    gain.gain.setValueAtTime(VOLUME, begin + BURST_S - 0.15);
    gain.gain.linearRampToValueAtTime(0, begin + BURST_S);
    gain.connect(context.destination);
    for (const frequency of TONE_HZ) {
      const tone = context.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(gain);
      tone.start(begin);
      tone.stop(begin + BURST_S);
    }
  }
}

function notify(headline: string, text: string): Notification | null {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return null;
  let note: Notification;
  try {
    note = new Notification(headline, { body: text, tag: LOCK, requireInteraction: true });
  } catch {
    return null; // Telephones' browsers show notifications of installed apps only.
  }
  note.onclick = () => {
    window.focus();
    note.close();
  };
  return note;
}
