/** A verdict on safety in sentences. */
import { type ExplainedPart, part, type Tone } from './explained.ts';
import type { SafetyLevel, SafetyVerdict } from './safety.ts';
import { examinedText, itemText, nameOf, placesText } from './safety-verdict.ts';
import { counted } from './words.ts';

const TONES: Readonly<Record<SafetyLevel, Tone>> = {
  encrypted: 'good',
  readable: 'bad',
  mixed: 'note',
  unclear: 'note',
  empty: 'plain',
};

/** Digits of entropy that mean something with so few bytes. */
const ENTROPY_DIGITS = 2;

export function explainSafety(verdict: SafetyVerdict): ExplainedPart[] {
  const { level, sentence } = verdict;
  const lines = [sentence, ...protocolLines(verdict), ...evidenceLines(verdict), ...entropyLines(verdict)];
  return part('safety', lines, TONES[level]);
}

function protocolLines({ protocols }: SafetyVerdict): string[] {
  return protocols
    .filter(({ details }) => details.length > 0)
    .map(protocol => {
      const details = protocol.details.map(({ name, value }) => `${name} ${value}`).join(', ');
      return `${nameOf(protocol)} tells in the open: ${details}.`;
    });
}

/** The sentence has named the first ones. */
const NAMED = 2;

function evidenceLines({ evidence, hasMoreEvidence }: SafetyVerdict): string[] {
  const rest = evidence.slice(NAMED);
  if (rest.length === 0) return [];
  const items = rest.map(item => `${itemText(item)} (${placesText(item.places)})`);
  return [`Also: ${items.join(' · ')}${hasMoreEvidence ? ' · and more' : ''}`];
}

function entropyLines(verdict: SafetyVerdict): string[] {
  const { entropy } = verdict;
  if (entropy === undefined) return [];
  const { bitsPerByte, randomBits, meaning, bytes } = entropy;
  return [
    `Entropy ${bitsPerByte.toFixed(ENTROPY_DIGITS)} bits a byte (so many random bytes would have ${randomBits.toFixed(ENTROPY_DIGITS)}): ${meaning}; ${bytes === verdict.examinedBytes ? examinedText(verdict) : `measured over ${counted(bytes, 'byte')}`}.`,
  ];
}
