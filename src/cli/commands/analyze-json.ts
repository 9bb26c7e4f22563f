/** The analysis as JSON lines: the capture, each conversation, what else there was, a summary (docs/analysis.schema.json). */
import type { CaptureAnalysis, Selection } from '../../analysis/capture-analysis.ts';
import { snakeCase } from '../json-fields.ts';
import { conversationCount } from './analyze-selection.ts';
import { writeOutput } from './analyze-write.ts';

/** What is written at once. */
const FLUSH_CHARACTERS = 65_536;

export function printAnalysis(analysis: CaptureAnalysis, { tcp, udp }: Selection): void {
  const lines = new JsonLines();
  const { capture, other, cost } = analysis.report({ tcp: [], udp: [] });
  lines.print('capture', capture);
  for (const number of tcp) if (!lines.print('tcp', analysis.tcp(number))) return;
  for (const number of udp) if (!lines.print('udp', analysis.udp(number))) return;
  for (const one of other) lines.print('other', one);
  const { packets, bytes, tcpConversations, udpConversations } = capture;
  lines.print('summary', {
    packets,
    bytes,
    tcpConversations,
    udpConversations,
    conversationsLeftOut: conversationCount(analysis) - tcp.length - udp.length,
    events: analysis.totals.namedEvents(),
    cost,
  });
  lines.flush();
}

/** Lines go out as they are made, so that those of a large capture never pile up. */
class JsonLines {
  #text = '';

  /** @returns false where nobody reads them any more */
  print(event: string, fields: object): boolean {
    this.#text += `${JSON.stringify({ event, ...toJson(fields) })}\n`;
    return this.#text.length < FLUSH_CHARACTERS || this.flush();
  }

  flush(): boolean {
    const text = this.#text;
    this.#text = '';
    return writeOutput(new TextEncoder().encode(text));
  }
}

/** Fields whose values are names of ours, too. */
const NAMING = new Set(['kind', 'kinds', 'cause']);

/** Names of fields in snake case, all the way down; what is not there is left out, numbers that JSON has not are null. */
export function toJson(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [snakeCase(name), innerJson(inner, NAMING.has(name))]),
  );
}

function innerJson(value: unknown, isNaming: boolean): unknown {
  if (typeof value === 'string') return isNaming ? snakeCase(value) : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  if (Array.isArray(value)) return value.map(inner => innerJson(inner, isNaming));
  return toJson(value);
}
