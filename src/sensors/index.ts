export { type OpenSourceOptions, openSource, SENSOR_KINDS, type SensorKind } from './open-source.ts';
export { ProblemLog } from './problem-log.ts';
export { Sampler, type SamplerOptions } from './sampler.ts';
export type { Probe, ReadingSink, ReportingSource, Source, SourceReport } from './source.ts';
