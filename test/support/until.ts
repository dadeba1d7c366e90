/** Waiting with a deadline: a test polls what it waits for and never sleeps a guessed time. */
import { setTimeout as delay } from 'node:timers/promises';

/** Generous, since the machine may be busy; only a failing test ever waits this long. */
export const DEADLINE_MS = 30_000;
const POLL_MS = 10;

/** Polls `probe` until it gives something else than undefined or false, which is returned. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<T, undefined | false>> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > giveUpAt) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await delay(POLL_MS);
  }
}

/** The promise's value, or an error that says what was waited for; `describe` may add what is known by then. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  describe: () => string = () => '',
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waited ${deadlineMs} ms for ${what}${describe()}`)),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
