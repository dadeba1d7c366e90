/** Joins: the parts of several shards and the one reply they become. */
import fc from 'fast-check';
import t from 'tap';
import type { ReplyPart } from '../../src/commands/command.js';
import { firstError } from '../../src/commands/steps.js';
import { ReplyWriter, type RespVersion } from '../../src/protocol/reply-writer.js';
import { joinByKey, joinSucceeded, joinSum } from '../../src/router/joins.js';
import { decode } from '../support/replies.js';

/** A part that lies somewhere in a larger buffer. */
function part(reply: string | Buffer): ReplyPart {
  const bytes = Buffer.concat([Buffer.from('-X\r\n'), Buffer.from(reply), Buffer.from('-Y\r\n')]);
  return { bytes, start: 4, end: bytes.length - 4 };
}

function joined(join: (reply: ReplyWriter) => void): string {
  const reply = new ReplyWriter(Buffer.alloc(0));
  join(reply);
  return reply.bytes.toString('latin1', 0, reply.position);
}

t.test('the first error, if there is one', async (t) => {
  t.equal(firstError([part(':1\r\n'), part('+OK\r\n')]), undefined);
  const [, second, third] = [part(':1\r\n'), part('-ERR a\r\n'), part('-ERR b\r\n')];
  t.equal(firstError([part(':1\r\n'), second, third]), second);
});

t.test('all_succeeded and agg_sum', async (t) => {
  t.equal(
    joined((reply) => joinSucceeded([part('+OK\r\n'), part('+OK\r\n')], reply)),
    '+OK\r\n',
  );
  t.equal(
    joined((reply) => joinSum([part(':2\r\n'), part(':0\r\n'), part(':40\r\n')], reply)),
    ':42\r\n',
  );
  t.equal(
    joined((reply) => joinSum([part(`:${2 ** 40}\r\n`), part(':1\r\n')], reply)),
    `:${2 ** 40 + 1}\r\n`,
  );
});

t.test('by_key puts the elements in the order of the keys', async () => {
  const element = fc.option(fc.uint8Array({ maxLength: 12 }), { nil: null });
  const scenario = fc.record({
    // Each key's shard, and its value.
    keys: fc.array(fc.tuple(fc.nat({ max: 4 }), element), { minLength: 1, maxLength: 30 }),
    resp: fc.constantFrom<RespVersion>(2, 3),
  });
  fc.assert(
    fc.property(scenario, ({ keys, resp }) => {
      const shards = [...new Set(keys.map(([shard]) => shard))];
      const parts = shards.map((shard) => {
        const mine = keys.filter(([owner]) => owner === shard);
        const reply = new ReplyWriter(Buffer.alloc(0));
        reply.resp = resp;
        reply.array(mine.length);
        for (const [, value] of mine) {
          if (value === null) reply.null();
          else reply.bulk(Buffer.from(value), 0, value.length);
        }
        return part(reply.bytes.subarray(0, reply.position));
      });
      const order = keys.map(([shard]) => shards.indexOf(shard));
      const text = joined((reply) => joinByKey(parts, order, reply));
      const expected = keys.map(([, value]) =>
        value === null ? null : Buffer.from(value).toString('latin1'),
      );
      return JSON.stringify(decode(Buffer.from(text, 'latin1'))) === JSON.stringify(expected);
    }),
  );
});
