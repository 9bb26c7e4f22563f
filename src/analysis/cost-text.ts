/** A cost sheet in sentences: what was paid, for what, and what it could have been at least. */
import { COST_LAYERS, type CostSheet, overheadRatio, type UnitCost, wireBytes } from './cost.ts';
import { CAUSE_WORDS, LAYER_WORDS } from './cost-words.ts';
import { type ExplainedPart, part } from './explained.ts';
import { bytesText, counted, countText, percentText } from './words.ts';

export function explainCost(cost: CostSheet): ExplainedPart[] {
  if (cost.frames === 0) return [];
  return [
    ...part('cost', [totalText(cost), ...unitTexts(cost)]),
    ...part('layers', [layersText(cost), ...applicationTexts(cost)]),
    ...part('causes', [causesText(cost)]),
    ...part('unseen', [uncapturedText(cost)]),
  ];
}

function totalText(cost: CostSheet): string {
  const { bytes, frames, newPayloadBytes } = cost;
  const all = `${bytesText(bytes)} in ${counted(frames, 'frame')}`;
  if (newPayloadBytes === 0) return `${all}, without any payload.`;
  return `${all} for ${bytesText(newPayloadBytes)} of payload: ${ratioText(overheadRatio(cost))} bytes on the wire for one of payload.`;
}

function unitTexts(cost: CostSheet): string[] {
  const { readings, messages, bound } = cost;
  const texts: string[] = [];
  if (readings !== undefined) texts.push(unitText('reading', readings));
  if (messages !== undefined && messages.count !== readings?.count) texts.push(unitText('message', messages));
  if (texts.length > 0) {
    texts.push(
      `The least would be each message in one frame with the smallest headers (${eachText(bound.headersEach)} B) and nothing else: no handshake, no ACK, no option, nothing twice.`,
    );
  }
  return texts;
}

function unitText(name: string, { count, bytesEach, payloadEach, boundEach }: UnitCost): string {
  return `${counted(count, name)}: ${eachText(bytesEach)} B each, everything counted; ${eachText(payloadEach)} B of that is payload, and the least would be ${eachText(boundEach)} B.`;
}

function layersText({ layers, bytes }: CostSheet): string {
  return `${COST_LAYERS.filter(layer => layers[layer] > 0)
    .map(layer => `${LAYER_WORDS[layer]} ${shareText(layers[layer], bytes)}`)
    .join(' · ')}`;
}

function applicationTexts({ application }: CostSheet): string[] {
  if (application.length === 0) return [];
  const parts = application.map(({ name, bytes }) => `${name} ${bytesText(bytes)}`);
  return [`Of our own headers: ${parts.join(' · ')}`];
}

function causesText({ causes, bytes: all }: CostSheet): string {
  return causes
    .map(
      ({ cause, frames, bytes }) => `${CAUSE_WORDS[cause]} ${shareText(bytes, all)} in ${countText(frames)}`,
    )
    .join(' · ');
}

function uncapturedText(cost: CostSheet): string {
  const { isHypothetical, preambleBytes, checkBytes, gapBytes, paddingBytes, headerBytes, oversizedFrames } =
    cost.uncaptured;
  const parts = [
    `preamble ${bytesText(preambleBytes)}`,
    `check sequence ${bytesText(checkBytes)}`,
    `gap ${bytesText(gapBytes)}`,
    ...(paddingBytes > 0 ? [`padding of short frames ${bytesText(paddingBytes)}`] : []),
    ...(headerBytes > 0 ? [`Ethernet headers ${bytesText(headerBytes)}`] : []),
    ...(headerBytes < 0 ? [`less ${bytesText(-headerBytes)} of link header that Ethernet has not`] : []),
  ];
  const where = isHypothetical
    ? 'These frames were on no cable; on Ethernet there would be more, which no capture shows'
    : 'On the cable there was more, which no capture shows';
  const oversized =
    oversizedFrames === 0
      ? ''
      : ` ${counted(oversizedFrames, 'frame is', 'frames are')} larger than 1,514 B: where the network card cut them, each piece had headers of its own, which are not counted here.`;
  return `${where}: ${parts.join(', ')}; ${bytesText(wireBytes(cost))} in all.${oversized}`;
}

function shareText(bytes: number, all: number): string {
  return `${bytesText(bytes)} (${percentText(bytes / all)})`;
}

/** Bytes of one message: with a decimal where it matters. */
export function eachText(bytes: number): string {
  return bytes < 100 ? String(Number(bytes.toFixed(1))) : countText(Math.round(bytes));
}

/** `29.7`, `1.05`. */
export function ratioText(ratio: number): string {
  return ratio >= 1_000 ? countText(Math.round(ratio)) : String(Number(ratio.toPrecision(3)));
}
