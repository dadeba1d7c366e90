/**
 * Turn, on the real event loop: how long sending is held, that turns go round while there is something and no longer, and
 * that nothing asked for is forgotten. SEED=n repeats a run.
 */
import { setImmediate as immediate } from 'node:timers/promises';
import t from 'tap';
import { COMMANDS_MAX, HELD_TURNS_MAX, Turn, type TurnWork } from '../src/turn.js';
import { createRandom, runSeed } from './support/random.js';

/** Work whose course is written down, a letter for each thing that is done. */
class Work implements TurnWork {
  log = '';
  commands = 0;
  /** How much there is from the shards. */
  answers = 0;
  readonly turn = new Turn(this);
  onReceive: () => void = () => {};
  onSend: () => void = () => {};

  /** A command comes that is to be sent. */
  command(): void {
    this.commands++;
    this.turn.request();
  }

  progress(): number {
    return this.commands;
  }

  receive(): number {
    const { answers } = this;
    this.log += 'r';
    this.answers = 0;
    this.onReceive();
    return answers;
  }

  send(): void {
    this.log += 'S';
    this.onSend();
  }

  sleep(): boolean {
    this.log += this.answers === 0 ? 'z' : 'a';
    return this.answers === 0;
  }

  wake(): void {
    this.log += 'w';
  }

  /** What has been done since the last call, after `turns` turns of the event loop. */
  async after(turns: number): Promise<string> {
    for (let i = 0; i < turns; i++) await immediate();
    const { log } = this;
    this.log = '';
    return log;
  }
}

t.test('a client on its own waits for one turn that brings nothing', async (t) => {
  const work = new Work();
  work.command();
  t.equal(await work.after(6), 'wrrSz');
  t.equal(await work.after(3), '', 'and then nothing is done');
  work.turn.request();
  t.equal(await work.after(6), 'wrSz', 'what is no command, a reply, is not held');
});

t.test('sending is held while turns bring commands, but not for long', async (t) => {
  const work = new Work();
  let left = 7;
  work.onReceive = () => {
    if (left-- > 0) work.command();
  };
  work.turn.wake();
  const log = await work.after(20);
  t.match(log, /^w[rS]*z$/);
  t.ok(!log.includes('r'.repeat(HELD_TURNS_MAX + 2)), `${log}: sent in time`);
  t.ok(log.startsWith('wrrrS'), `${log}: and held before`);
  t.ok(log.endsWith('Sz'), `${log}: nothing is left`);
});

t.test('many commands are sent at once, in the middle of a turn', async (t) => {
  const work = new Work();
  for (let i = 1; i < COMMANDS_MAX; i++) work.command();
  work.turn.commandsCame();
  t.equal(work.log, 'w', 'not yet');
  work.command();
  work.turn.commandsCame();
  t.equal(work.log, 'wrS', 'now');
  work.turn.commandsCame();
  t.equal(await work.after(6), 'wrSrrz', 'and only once');
});

t.test('turns go round while the shards answer', async (t) => {
  const work = new Work();
  let left = 3;
  work.onReceive = () => {
    if (left-- > 0) work.answers = 1;
  };
  work.answers = 1;
  work.turn.wake();
  t.equal(await work.after(10), 'wrrrrrz');
  work.answers = 1;
  t.equal(await work.after(3), '', 'it sleeps');
  work.turn.wake();
  work.turn.wake();
  t.equal(await work.after(5), 'wrrz', 'until it is woken, and goes round once for two calls');
});

t.test('an answer that comes while it is going to sleep keeps it awake', async (t) => {
  const work = new Work();
  let turns = 0;
  work.onReceive = () => {
    // Behind the look, as another thread might.
    if (++turns === 1) work.answers = 5;
  };
  work.turn.wake();
  t.equal(await work.after(6), 'wrarrz');
});

t.test('what is asked for while it receives or sends is sent', async (t) => {
  const work = new Work();
  work.onReceive = () => {
    work.onReceive = () => {};
    work.turn.request();
  };
  work.turn.wake();
  t.equal(await work.after(6), 'wrSz', 'while it receives');
  work.onSend = () => {
    work.onSend = () => {};
    work.turn.request();
  };
  work.turn.request();
  t.equal(await work.after(6), 'wrSrSz', 'while it sends');
  work.onSend = () => {
    work.onSend = () => {};
    work.command();
  };
  work.turn.request();
  t.equal(await work.after(8), 'wrSrrSz', 'a command, while it sends');
});

t.test('whatever happens when, all is sent and received, and then it sleeps', async (t) => {
  const seed = runSeed();
  t.comment(`SEED=${seed}`);
  const random = createRandom(seed);
  const work = new Work();
  let requested = 0;
  let sent = 0;
  let waiting = 0;
  let longest = 0;
  let asleep = true;
  let over = false;
  const request = (): void => {
    requested++;
    asleep = false;
    if (random.chance(0.7)) work.command();
    else work.turn.request();
  };
  const sleep = work.sleep.bind(work);
  work.sleep = () => {
    asleep = sleep();
    return asleep;
  };
  work.onReceive = () => {
    if (requested > sent) longest = Math.max(longest, ++waiting);
    if (!over && random.chance(0.1)) request();
  };
  work.onSend = () => {
    sent = requested;
    waiting = 0;
    if (!over && random.chance(0.2)) request();
  };
  for (let step = 0; step < 3000; step++) {
    if (random.chance(0.3)) request();
    if (random.chance(0.3)) {
      work.answers++;
      // A shard wakes it only when it sleeps.
      if (asleep) work.turn.wake();
      asleep = false;
    }
    if (random.chance(0.7)) await immediate();
    if (random.chance(0.05)) for (let i = 0; i < 20; i++) await immediate();
  }
  over = true;
  for (let i = 0; i < 20; i++) await immediate();
  t.equal(sent, requested, `${requested} requests`);
  t.equal(work.answers, 0);
  t.ok(longest <= HELD_TURNS_MAX + 2, `none waited for more than ${longest} turns`);
  t.ok(asleep, 'it sleeps');
});
