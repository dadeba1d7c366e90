#!/usr/bin/env node
/** The program: command line in, exit status out. Main thread. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { applyArguments, helpText } from './config/argv.js';
import { Config, ConfigError } from './config/config.js';
import { createLog } from './log.js';
import { Server } from './server.js';
import { version } from './version.js';

/** Runs until the server has ended; returns the exit status. */
async function main(args: readonly string[]): Promise<number> {
  const config = new Config();
  const errand = applyArguments(args, config, {
    folder: process.cwd(),
    readStandardInput: () => readFileSync(0),
  });
  if (errand === 'help') process.stdout.write(`${helpText()}\n`);
  if (errand === 'version') process.stdout.write(`sherd ${version}\n`);
  if (errand !== undefined) return 0;

  try {
    process.chdir(config.get('dir'));
    config.set('dir', process.cwd());
  } catch {
    throw new ConfigError('dir', `--dir ${config.get('dir')}: can't change to that directory`);
  }
  const log = openLog(config);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the server stops: this should not have happened');
    process.exit(1);
  });
  const server = new Server(config, log);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.shutdown(signal));
  // It may end before it is ready.
  await Promise.race([server.listen(), server.ended]);
  const removePidFile = writePidFile(config.get('pidfile'), log);
  const status = await server.ended;
  removePidFile();
  return status;
}

/** Leaves the process's number for scripts; returns what takes it away again. Doing without is no reason not to serve. */
function writePidFile(path: string, log: Logger): () => void {
  if (path === '') return () => {};
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    log.warn({ err: error }, `can't write the pidfile ${path}`);
    return () => {};
  }
  return () => rmSync(path, { force: true });
}

/** @throws ConfigError where the log file can't be opened */
function openLog(config: Config): Logger {
  try {
    return createLog(config.get('loglevel'), config.get('logfile'));
  } catch (error) {
    throw new ConfigError('logfile', `--logfile ${config.get('logfile')}: ${(error as Error).message}`);
  }
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    // What a person can mend gets one line; anything else is a bug and shows where it is.
    const text = error instanceof ConfigError ? error.message : (error as Error).stack;
    process.stderr.write(`sherd: ${text}\n`);
    process.exit(1);
  },
);
