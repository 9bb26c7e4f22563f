/** A question of the lab and its answer from the capture. */
import type { Content } from './markup.ts';

export interface Answer {
  readonly id: string;
  readonly question: string;
  readonly body: Content;
}
