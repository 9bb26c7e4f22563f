/** What layers and causes are called, in tables and sentences. */
import type { CostCause, CostLayer } from './cost.ts';

export const LAYER_WORDS: Readonly<Record<CostLayer, string>> = {
  link: 'link header',
  padding: 'padding',
  network: 'IP header',
  networkOptions: 'IP options',
  transport: 'TCP/UDP header',
  transportOptions: 'TCP options',
  application: 'our own headers',
  payload: 'payload',
  other: 'other',
};

export const CAUSE_WORDS: Readonly<Record<CostCause, string>> = {
  data: 'data, first time',
  acknowledgement: 'acknowledgements',
  duplicateAcknowledgement: 'duplicate ACKs',
  retransmission: 'data, sent again',
  repair: 'repair symbols',
  handshake: 'handshake',
  close: 'close',
  probe: 'keep-alives and probes',
  other: 'neither TCP nor UDP',
};
