/** One of the two threads of the spike: makes its peer, and calls the other one as often as it is told to. */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { ChannelPeer, type ChannelPeerOptions } from './channel-peer.js';
import { contentOf, type Peer } from './peer.js';
import { PortPeer } from './port-peer.js';

export type PeerKind = 'port' | 'channel';
export type CallKind = 'synchronous' | 'asynchronous';

export type SpikeData = { readonly kind: PeerKind } & Omit<ChannelPeerOptions, 'answer'>;

export interface SpikeOrder {
  readonly calls: number;
  readonly how: CallKind;
}

/** Of each call, in microseconds. */
export type SpikeResult = Float64Array;

async function call(peer: Peer, { calls, how }: SpikeOrder): Promise<SpikeResult> {
  const micros = new Float64Array(calls);
  for (let i = 0; i < calls; i++) {
    const fromMs = performance.now();
    const value = how === 'synchronous' ? peer.read(i) : await peer.readAsync?.(i);
    micros[i] = (performance.now() - fromMs) * 1000;
    if (value !== contentOf(i)) throw new Error(`key ${i} has ${contentOf(i)}, not ${value}`);
  }
  return micros;
}

const { kind, ...options } = workerData as SpikeData;
const withAnswer = { ...options, answer: contentOf };
const peer = kind === 'port' ? new PortPeer(withAnswer) : new ChannelPeer(withAnswer);
parentPort?.on('message', (order: SpikeOrder) => {
  void call(peer, order).then((result) => {
    peer.rest();
    parentPort?.postMessage(result);
  });
});
parentPort?.postMessage('ready');
