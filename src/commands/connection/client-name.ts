/** What clients may call themselves and their library. Main thread. */
import type { Session } from '../calls.js';

/** Names the client; an empty name takes it away. Returns the error to reply, or null. */
export function setClientName(session: Session, name: string): string | null {
  if (!isPlain(name)) return 'ERR Client names cannot contain spaces, newlines or special characters.';
  session.name = name;
  return null;
}

/** Whether every character is a visible ASCII one, so that CLIENT LIST stays readable by machine. */
export function isPlain(text: string): boolean {
  return /^[!-~]*$/.test(text);
}
