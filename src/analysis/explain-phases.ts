/** Phases of a conversation in words: who sends how much how often, and who answers after how long. */
import type { Distribution, Phase, SizeRange } from './model.ts';
import { bytesText, countText, rateText, timesText, timeText } from './words.ts';

/** Shorter silences are no news. */
const QUIET_NS = 1_000_000_000;

export function phaseLines(phases: readonly Phase[], leftOut: number): string[] {
  const lines = phases.map(phase => `${quiet(phase)}${phaseText(phase)}`);
  return leftOut === 0 ? lines : [...lines, `… and ${countText(leftOut)} more like these`];
}

function quiet({ quietNs }: Phase): string {
  return quietNs < QUIET_NS ? '' : `after ${timeText(quietNs)} of silence: `;
}

function phaseText(phase: Phase): string {
  const { from, count, answers, kind } = phase;
  const peer = from === 'client' ? 'server' : 'client';
  const size = sizeText(phase.size);
  const answer = phase.answerSize === null ? '' : sizeText(phase.answerSize);
  const often = count === 1 ? '' : `, ${timesText(count)}${rhythm(phase)}`;
  switch (kind) {
    case 'exchange':
      return `${from} asks with ${size}, ${peer} answers with ${answer} after ${spread(phase.answerNs)}${often}${rate(phase)}`;
    case 'messages':
      return `${from} sends ${size}${count === 1 ? '' : often.slice(1)}${answers === 0 ? `; no data from the ${peer}` : `; ${few(answers, answer, peer)}`}`;
    case 'bulk':
      return `${from} sends ${count === 1 ? size : `${bytesText(phase.ownBytes)} in ${countText(count)} pieces`} in bulk${span(phase)}${answers === 0 ? '' : `; ${few(answers, answer, peer)}`}`;
    default:
      return `${from} sends ${size}${often.slice(1)}; ${peer} sends ${answer}, ${timesText(answers)}${phase.answerNs === null ? '' : `, ${spread(phase.answerNs)} after what came before`}`;
  }
}

function few(answers: number, answer: string, peer: string): string {
  return `${peer} sends ${answer}${answers === 1 ? ' once' : `, ${timesText(answers)}`}`;
}

/** Only where there is enough for a rate to mean something. */
function rate({ bytes, rateBps }: Phase): string {
  return bytes < 1e6 || rateBps === null ? '' : `; ${rateText(rateBps)}`;
}

/** How long it took, and how fast that was: of who sends it alone. */
function span({ durationNs, ownBytes }: Phase): string {
  return durationNs > 0 ? ` in ${timeText(durationNs)}: ${rateText((8e9 * ownBytes) / durationNs)}` : '';
}

function rhythm({ periodNs, isRegular, durationNs }: Phase): string {
  if (periodNs === null) return '';
  if (isRegular) return `, every ${timeText(periodNs.p50Ns)}`;
  return ` in ${timeText(durationNs)}, ${spread(periodNs)} apart`;
}

/** One number where they are alike, the least, the middle one and the most otherwise. */
export function spread(times: Distribution | null): string {
  if (times === null) return '?';
  const { count, minNs, p50Ns, maxNs } = times;
  if (count === 1 || timeText(minNs) === timeText(maxNs)) return timeText(p50Ns);
  return `${timeText(p50Ns)} (${timeText(minNs)} to ${timeText(maxNs)})`;
}

/** The usual size, and the range where there is one. */
export function sizeText({ min, p50, max }: SizeRange): string {
  if (min === max) return bytesText(p50);
  return p50 === min || p50 === max
    ? `${bytesText(min)} to ${bytesText(max)}`
    : `${bytesText(p50)} (${bytesText(min)} to ${bytesText(max)})`;
}
