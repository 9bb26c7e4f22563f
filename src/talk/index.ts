export { TalkCounters, type TalkEnd } from './counters.ts';
export { exchangeOverDatagrams } from './datagram-exchange.ts';
export {
  type DatagramOptions,
  type DatagramPeer,
  MOST_DATAGRAM_BYTES,
  openPeer,
  openReceiver,
} from './datagram-peer.ts';
export { talkOverDatagrams } from './datagram-talk.ts';
export { hexDump } from './hex-dump.ts';
export { LineInput, PieceInput } from './input.ts';
export type { MessageOrigin, TalkInput, TalkOutput } from './ports.ts';
export { receiveDatagrams } from './receive-datagrams.ts';
export { type ReceiverNotice, StreamReceiver } from './receive-streams.ts';
export { exchangeOverStream } from './stream-exchange.ts';
export { talkOverStream } from './stream-talk.ts';
export { VisibleText, visibleText } from './visible-text.ts';
