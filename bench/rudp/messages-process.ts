/**
 * Run as a process: sends or counts messages on loopback as fast as it goes, over reliable UDP or raw `node:dgram`.
 *
 * Argument: one JSON object, a `MessagesProcess`. The receiver prints `listening`; it counts from `WARM_MS` after the first
 * message until the last one, and prints `done` at the end. The sender prints `done` with what it has sent.
 */
import { createSocket } from 'node:dgram';
import { parseAddress } from '../../src/socket/address.ts';
import { connectTo, listenAt } from '../../src/socket/open.ts';

export interface MessagesProcess {
  readonly role: 'receiver' | 'sender';
  readonly api: 'sensewire' | 'node';
  readonly bytes: number;
  /** Of the sender. */
  readonly port?: number;
  readonly seconds?: number;
}

const HOST = '127.0.0.1';
/** Until then the functions are compiled and the windows have grown. */
const WARM_MS = 500;
/** Datagrams that the system has not taken yet. */
const MOST_UNDER_WAY = 256;
/** Tells a receiver of raw datagrams that there are no more; often, since each may be lost. */
const END_BYTES = 1;
const END_TIMES = 10;
const END_EVERY_MS = 20;

const task = JSON.parse(process.argv[2]!) as MessagesProcess;
const { role, api, bytes, port = 0, seconds = 1 } = task;
const message = Buffer.alloc(bytes, 'x');
const say = (line: object): void => console.log(JSON.stringify(line));

/** Counts what arrives. */
class Counter {
  #firstMs = Number.NaN;
  #lastMs = Number.NaN;
  #fromMs = Number.NaN;
  #all = 0;
  #counted = 0;

  add(): void {
    this.#all++;
    this.#lastMs = performance.now();
    if (this.#all === 1) this.#firstMs = this.#lastMs;
    if (this.#lastMs - this.#firstMs < WARM_MS) return;
    if (this.#counted++ === 0) this.#fromMs = this.#lastMs;
  }

  sayDone(): void {
    const perSecond = ((this.#counted - 1) * 1_000) / (this.#lastMs - this.#fromMs);
    say({ event: 'done', messages: this.#all, perSecond });
  }
}

async function receive(): Promise<void> {
  const counter = new Counter();
  const listener = await listenAt({ transport: 'rudp', host: HOST, port: 0 }, () => ({
    onReceive: () => counter.add(),
    onDrain: () => undefined,
    onClose: () => {
      counter.sayDone();
      void listener.close();
    },
  }));
  const address = parseAddress(listener.urls[0]!);
  if (address.transport === 'unix') throw new Error('reliable UDP has ports');
  say({ event: 'listening', port: address.port });
}

async function send(): Promise<void> {
  let sent = 0;
  let isOver = false;
  const fill = (): void => {
    while (!isOver) {
      sent++;
      if (!connection.send(message)) return;
    }
  };
  const onClose = (): void => say({ event: 'done', messages: sent });
  const connection = await connectTo(
    { transport: 'rudp', host: HOST, port },
    { onReceive: () => undefined, onDrain: fill, onClose },
  );
  setTimeout(() => {
    isOver = true;
    connection.close();
  }, seconds * 1_000);
  fill();
}

function receiveRaw(): void {
  const counter = new Counter();
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 2 ** 20 });
  socket.on('message', data => {
    if (data.length !== END_BYTES) {
      counter.add();
      return;
    }
    counter.sayDone();
    socket.close();
  });
  socket.bind(0, HOST, () => say({ event: 'listening', port: socket.address().port }));
}

function sendRaw(): void {
  let [sent, underWay] = [0, 0];
  const socket = createSocket('udp4');
  const onSent = (): void => void underWay--;
  const turn = (): void => {
    if (performance.now() > endMs) {
      end(END_TIMES);
      return;
    }
    while (underWay < MOST_UNDER_WAY) {
      sent++;
      underWay++;
      socket.send(message, onSent);
    }
    setImmediate(turn);
  };
  const end = (times: number): void => {
    if (times === 0) {
      say({ event: 'done', messages: sent });
      socket.close();
      return;
    }
    // The receiver is gone after the first one that arrives.
    socket.send(Buffer.alloc(END_BYTES), () => undefined);
    setTimeout(() => end(times - 1), END_EVERY_MS);
  };
  socket.on('error', () => undefined);
  const endMs = performance.now() + seconds * 1_000;
  socket.connect(port, HOST, turn);
}

const ROLES = {
  receiver: { sensewire: receive, node: receiveRaw },
  sender: { sensewire: send, node: sendRaw },
} as const;
await ROLES[role][api]();
