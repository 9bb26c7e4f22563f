export { AnalysedFrame } from './analysed-frame.ts';
export {
  CaptureAnalysis,
  type CaptureAnalysisOptions,
  type ReadingFacts,
  type ReportWishes,
  type Selection,
} from './capture-analysis.ts';
export { COST_CAUSES, COST_LAYERS, type CostSheet, overheadRatio, wireBytes } from './cost.ts';
export { FIELD_NAMES } from './fields.ts';
export { FieldsPrinter } from './fields-printer.ts';
export type {
  Artefact,
  ArtefactKind,
  CaptureFacts,
  CaptureReport,
  CloseReport,
  ConversationBase,
  DatagramSeries,
  Distribution,
  Endpoint,
  EventCount,
  EventReport,
  GapReport,
  Handshake,
  HandshakeFrame,
  InterfaceFacts,
  LadderStep,
  MissingReport,
  OptionReport,
  OtherTraffic,
  PayloadExcerpt,
  Phase,
  SegmentSeries,
  SizeRange,
  TcpReport,
  TcpSide,
  ThroughputSeries,
  UdpReport,
  UdpSide,
  WindowReport,
} from './model.ts';
export { type FrameSink, Pipeline } from './pipeline.ts';
export type {
  ReadingReport,
  RoundTripSeries,
  RudpClose,
  RudpEvent,
  RudpEventCount,
  RudpEventReport,
  RudpHandshake,
  RudpParameters,
  RudpReport,
  RudpSide,
  TelemetryReport,
} from './rudp-model.ts';
export type { Evidence, SafetyLevel, SafetyVerdict } from './safety.ts';
