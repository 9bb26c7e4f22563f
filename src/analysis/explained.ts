/** An explanation: what text and HTML show of a conversation, part by part. */

/** `good`: as it should be. `note`: worth knowing. `bad`: look at it. */
export type Tone = 'plain' | 'good' | 'note' | 'bad';

export interface ExplainedPart {
  /** One word that says what it is about. */
  readonly title: string;
  readonly tone: Tone;
  /** Each a sentence or two. */
  readonly lines: readonly string[];
}

export function part(title: string, lines: readonly string[], tone: Tone = 'plain'): ExplainedPart[] {
  return lines.length === 0 ? [] : [{ title, tone, lines }];
}
