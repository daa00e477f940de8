export { type CaptureProblem, type DeviceList, listDevices } from "./capture";
export { chime } from "./chime";
export { Exchange, type ExchangePort } from "./exchange";
export { watchLevel } from "./level";
export { type LocalDevice, LocalMedia, OFF } from "./local";
export { type Quality, QualityGauge, type TrackFigures } from "./quality";
export { Screen } from "./screen";
export { kindOf, type RemoteTrack, slotOf } from "./sources";
export { hueOf, initialsOf, isTestPicture } from "./testPicture";
