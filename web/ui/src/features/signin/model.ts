/** The clinic that was signed in to last is suggested; logins and passwords are the browser's to keep. */

const KEY = "strowger-clinic";

export function lastClinic(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

export function rememberClinic(clinic: string): void {
  try {
    localStorage.setItem(KEY, clinic.trim());
  } catch {
    // A browser that keeps nothing suggests nothing.
  }
}
