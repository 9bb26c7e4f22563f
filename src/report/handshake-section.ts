/** The three frames that open a TCP connection, and the options that they agree on, as tables. */
import type { Handshake, OptionReport, TcpReport } from '../analysis/model.ts';
import { bytesText, countText, timeText } from '../analysis/words.ts';
import { type Content, html, type Markup } from './markup.ts';

export const OPTION_NAMES: Readonly<Record<OptionReport['name'], string>> = {
  mss: 'Maximum segment size',
  'window-scale': 'Window scale',
  sack: 'Selective ACK',
  timestamps: 'Timestamps',
  'fast-open': 'Fast open',
  multipath: 'Multipath TCP',
  md5: 'MD5 signature',
  authentication: 'Authentication',
  'user-timeout': 'User timeout',
  other: 'Other',
};

const OUTCOMES: Readonly<
  Record<OptionReport['outcome'], readonly [sign: string, text: string, tone: string]>
> = {
  each: ['↔', 'each says its own', 'plain'],
  taken: ['✓', 'taken', 'good'],
  refused: ['✕', 'refused', 'note'],
  unasked: ['?', 'not asked for', 'note'],
  unknown: ['?', 'a SYN is missing', 'note'],
};

export function handshakeSection({ handshake, options }: TcpReport): Markup | undefined {
  if (handshake.state === 'unseen') return undefined;
  return html`<h4>Handshake</h4>${framesTable(handshake)}${options.length > 0 && html`<h4>Options</h4>${optionsTable(options)}`}`;
}

export function framesTable({ syn, synAck, ack, clientSequence, serverSequence }: Handshake): Markup {
  const start = syn?.timeNs ?? synAck?.timeNs ?? ack?.timeNs ?? 0;
  const number = (value: number | null, plus: number): string =>
    value === null ? '?' : countText((value + plus) >>> 0);
  const rows: readonly (readonly [Handshake['syn'], string, string, Content])[] = [
    [syn, 'client → server', 'SYN', `May we talk? My bytes count from ${number(clientSequence, 0)}.`],
    [
      synAck,
      'server → client',
      'SYN ACK',
      `Yes, I wait for ${number(clientSequence, 1)}. Mine count from ${number(serverSequence, 0)}.`,
    ],
    [
      ack,
      'client → server',
      'ACK',
      `Good, I wait for ${number(serverSequence, 1)}. Now both know that both hear.`,
    ],
  ];
  return html`<div class="scroll"><table><thead><tr><th scope="col">frame</th><th scope="col">after</th><th scope="col" class="text">direction</th><th scope="col" class="text">flags</th><th scope="col" class="text">it says</th></tr></thead><tbody>${rows.map(
    ([frame, direction, flags, text]) =>
      html`<tr><th scope="row">${frame === null ? 'not in the capture' : countText(frame.frame)}</th><td>${frame === null ? '' : timeText(frame.timeNs - start)}</td><td class="text">${direction}</td><td class="text"><b>${flags}</b></td><td class="text">${text}</td></tr>`,
  )}</tbody></table></div>`;
}

function optionsTable(options: readonly OptionReport[]): Markup {
  return html`<div class="scroll"><table><thead><tr><th scope="col" class="text">option</th><th scope="col">client</th><th scope="col">server</th><th scope="col" class="text">outcome</th><th scope="col" class="text">what it means</th></tr></thead><tbody>${options.map(
    option => {
      const [sign, text, tone] = OUTCOMES[option.outcome];
      return html`<tr><th scope="row" class="text">${OPTION_NAMES[option.name]}${option.name === 'other' && html` (${option.kind})`}</th><td>${said(option, option.isOffered, option.client)}</td><td>${said(option, option.isAnswered, option.server)}</td><td class="text ${tone}-text">${sign} ${text}</td><td class="text">${option.meaning}</td></tr>`;
    },
  )}</tbody></table></div>`;
}

function said({ name }: OptionReport, isThere: boolean, value: number | null): string {
  if (!isThere) return '–';
  if (value === null) return 'yes';
  return name === 'mss' ? bytesText(value) : countText(value);
}
