/** A readable log for a terminal. Main thread; in the same thread on purpose, so that the last lines are not lost. */
import type { DestinationStream } from 'pino';
import pinoPretty from 'pino-pretty';

export function pretty(): DestinationStream {
  return pinoPretty({ colorize: true, sync: true, ignore: 'hostname', translateTime: 'SYS:HH:MM:ss.l' });
}
