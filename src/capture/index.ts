export { type CaptureReading, type ReadCaptureOptions, readCapture } from './capture-file.ts';
export type { Capture, CaptureOptions, CaptureSummary } from './capture-types.ts';
export { type CaptureInterface, captureInterfaces } from './interfaces.ts';
export { OwnTraffic, type OwnTrafficOptions } from './own-traffic.ts';
export type { PacketSieve, Proof } from './source.ts';
export { startCapture } from './start-capture.ts';
