/** Compactor on its own: where there is no memory to move a block to, nothing is lost and the block is tried again. */
import t from 'tap';
import { Compactor } from '../../src/keyspace/compactor.js';
import { OutOfMemory } from '../../src/keyspace/out-of-memory.js';
import { classFor } from '../../src/keyspace/size-classes.js';
import { type Address, SlabAllocator, slabOf, wordOf } from '../../src/keyspace/slab-allocator.js';
import { createRandom, runSeed } from '../support/random.js';

const seed = runSeed();
t.comment(`SEED=${seed}`);

const BLOCK_BYTES = 64;
const SLAB_BLOCKS = (1 << 20) / BLOCK_BYTES;

t.test('moves that fail now and then', async (t) => {
  const random = createRandom(seed);
  const slabs = new SlabAllocator();
  const sizeClass = classFor(BLOCK_BYTES);
  const blocks = new Set<Address>();
  const take = (): void => {
    const address = slabs.allocate(sizeClass, BLOCK_BYTES);
    slabs.words[slabOf(address)][wordOf(address)] = -1;
    blocks.add(address);
  };
  let failures = 0;
  const compactor = new Compactor(slabs, (from) => {
    if (!blocks.has(from)) t.fail('a block that is not in use is moved');
    if (random.chance(0.05)) {
      failures++;
      throw new OutOfMemory();
    }
    take();
    blocks.delete(from);
    slabs.free(from, sizeClass);
  });
  for (let i = 0; i < 20 * SLAB_BLOCKS; i++) take();
  for (const address of blocks) {
    if (random.chance(0.05)) continue;
    blocks.delete(address);
    slabs.free(address, sizeClass);
  }
  const count = blocks.size;
  for (let steps = 0; compactor.pending && steps < 1_000_000; steps++) {
    try {
      compactor.step(50);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
  }
  t.ok(failures > 100, `${failures} moves failed`);
  t.equal(blocks.size, count, 'no block is lost');
  t.equal(slabs.usedBytes, count * BLOCK_BYTES);
  t.ok(
    slabs.slabsInUse <= Math.ceil(count / SLAB_BLOCKS) + 1,
    `${slabs.slabsInUse} slabs for ${count} blocks`,
  );
});
