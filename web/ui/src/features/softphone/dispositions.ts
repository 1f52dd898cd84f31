/** The standard codes of a clinic's telephone, in the order in which they are usually needed. */

export interface Disposition {
  readonly code: string;
  readonly label: string;
  readonly hint: string;
}

export const DISPOSITIONS: readonly Disposition[] = [
  { code: "booked", label: "Booked", hint: "A new appointment was made" },
  { code: "rescheduled", label: "Rescheduled", hint: "An appointment was moved" },
  { code: "cancelled", label: "Cancelled", hint: "An appointment was called off" },
  { code: "confirmed", label: "Confirmed", hint: "An appointment was confirmed" },
  { code: "info-given", label: "Info given", hint: "A question was answered" },
  { code: "callback-requested", label: "Call-back requested", hint: "Somebody has to call again" },
  { code: "message-taken", label: "Message taken", hint: "For a colleague or a doctor" },
  { code: "transferred", label: "Transferred", hint: "Somebody else took over" },
  { code: "referred", label: "Referred", hint: "Sent to another practice" },
  { code: "emergency", label: "Emergency", hint: "Sent to emergency care" },
  { code: "prescription", label: "Prescription", hint: "A prescription or a refill" },
  { code: "test-results", label: "Test results", hint: "Results were given or asked for" },
  { code: "invoice-question", label: "Invoice question", hint: "About an invoice or a price" },
  { code: "payment-taken", label: "Payment taken", hint: "A payment was made or arranged" },
  { code: "insurance", label: "Insurance", hint: "Cover or a claim" },
  { code: "complaint", label: "Complaint", hint: "Somebody was not content" },
  { code: "no-free-slot", label: "No free slot", hint: "Nothing suitable could be offered" },
  { code: "wrong-number", label: "Wrong number", hint: "Meant for somebody else" },
  { code: "caller-gone", label: "Caller gone", hint: "The line broke, or nobody spoke" },
  { code: "do-not-call", label: "Do not call", hint: "Does not want to be called" },
];

/** Those that fit what was typed: beginnings of names first, then of words in them, then of words that explain. */
export function matching(typed: string): readonly Disposition[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return DISPOSITIONS;
  const rank = ({ code, label, hint }: Disposition): number => {
    const name = label.toLowerCase();
    if (name.startsWith(wanted) || code.startsWith(wanted)) return 0;
    if (name.split(/[\s-]+/).some((word) => word.startsWith(wanted))) return 1;
    return hint
      .toLowerCase()
      .split(" ")
      .some((word) => word.startsWith(wanted))
      ? 2
      : 3;
  };
  return DISPOSITIONS.map((one) => ({ one, at: rank(one) }))
    .filter(({ at }) => at < 3)
    .sort((left, right) => left.at - right.at)
    .map(({ one }) => one);
}
