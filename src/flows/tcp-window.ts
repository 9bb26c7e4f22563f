/** The receive window in bytes: scaled, but for a SYN (RFC 7323 section 2.2). */
import { SIDE, SIDE_MARK } from './tcp-state.ts';

/** @param scale the shift; below 0: not scaled, or not known */
export function scaled(window: number, scale: number): number {
  return scale < 0 ? window : window << scale;
}

/** What a side's last segment offered; −1: there was none. */
export function offeredWindow(state: Int32Array, side: number): number {
  const window = state[side + SIDE.window]!;
  if (window < 0 || (state[side + SIDE.marks]! & SIDE_MARK.justSyn) !== 0) return window;
  return scaled(window, state[side + SIDE.scale]!);
}
