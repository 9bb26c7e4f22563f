/** What a report is made of. */
import type { Behaviour } from '../analysis/behaviour.ts';
import type { CaptureReport } from '../analysis/model.ts';
import type { FrameView } from './frame-view.ts';

export interface ReportInput {
  /** One, or several side by side. Conversations have their series. */
  readonly captures: readonly ReportedCapture[];
  /** Of sensewire. */
  readonly version: string;
}

export interface ReportedCapture {
  readonly report: CaptureReport;
  readonly behaviour: Behaviour;
  /** By number; those that `framesInDetail` asks for. */
  readonly frames: ReadonlyMap<number, FrameView>;
}
