/** The analysis as JSON lines: the capture, each conversation, what else there was, a summary (docs/analysis.schema.json). */
import type { CaptureAnalysis, Selection } from '../../analysis/capture-analysis.ts';
import { snakeCase } from '../json-fields.ts';
import { printJson } from '../terminal.ts';

export function printAnalysis(analysis: CaptureAnalysis, { tcp, udp }: Selection): void {
  const { capture, other, cost } = analysis.report({ tcp: [], udp: [] });
  printJson('capture', toJson(capture));
  for (const number of tcp) printJson('tcp', toJson(analysis.tcp(number)));
  for (const number of udp) printJson('udp', toJson(analysis.udp(number)));
  for (const one of other) printJson('other', toJson(one));
  const { packets, bytes, tcpConversations, udpConversations } = capture;
  printJson('summary', {
    ...toJson({ packets, bytes, tcpConversations, udpConversations, events: analysis.totals.namedEvents() }),
    ...(cost !== undefined && { cost: toJson(cost) }),
  });
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
