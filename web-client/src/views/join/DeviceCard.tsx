import { useEffect, useState } from "preact/hooks";
import { Level } from "../../design";
import { t } from "../../i18n";
import { type DeviceList, type LocalDevice, listDevices, watchLevel } from "../../media";
import { useClient } from "../context";

type Own = "camera" | "microphone";

/** One device: which it is, another one in its place, and what to do when there is none. */
export function DeviceCard({ source }: { source: Own }) {
  const { store, visit } = useClient();
  const device = store.device(source);
  const name = source === "camera" ? t().devices.camera : t().devices.microphone;
  const open = (id?: string) => (source === "camera" ? visit.local.openCamera(id) : visit.local.openMicrophone(id));
  if (device.status === "problem")
    return <DeviceHelp name={name} device={device} retry={() => open()} source={source} />;
  return (
    <div class="panel device" data-testid={`device-${source}`}>
      <div class="device-text">
        <h2>{name}</h2>
        <DeviceState source={source} device={device} />
      </div>
      {source === "microphone" && device.track ? <MicrophoneLevel track={device.track} /> : null}
      <DeviceChoice source={source} device={device} choose={open} name={name} />
    </div>
  );
}

function DeviceState({ source, device }: { source: Own; device: LocalDevice }) {
  const texts = t();
  if (device.status === "opening") return <p class="quiet small">{texts.join.asking}</p>;
  if (!device.track) return <p class="quiet small">{texts.devices.none}</p>;
  const label = device.label === "" ? texts.devices.testPicture : device.label;
  return <p class="quiet small">{source === "microphone" ? texts.join.speak : label}</p>;
}

function MicrophoneLevel({ track }: { track: MediaStreamTrack }) {
  const [level, setLevel] = useState(0);
  useEffect(() => watchLevel(track, setLevel), [track]);
  return <Level level={level} label={t().devices.microphone} />;
}

interface ChoiceProps {
  readonly source: Own;
  readonly device: LocalDevice;
  readonly name: string;
  readonly choose: (id: string) => Promise<void>;
}

/** Only where there is a choice. */
function DeviceChoice({ source, device, name, choose }: ChoiceProps) {
  const [list, setList] = useState<DeviceList>({ cameras: [], microphones: [] });
  // names are told only once a track was given
  useEffect(() => {
    const refresh = () => void listDevices().then(setList);
    refresh();
    navigator.mediaDevices?.addEventListener?.("devicechange", refresh);
    return () => navigator.mediaDevices?.removeEventListener?.("devicechange", refresh);
  }, [device.track]);
  const devices = source === "camera" ? list.cameras : list.microphones;
  if (devices.length < 2) return null;
  return (
    <select
      class="device-choice"
      aria-label={`${t().join.change} : ${name}`}
      data-testid={`choose-${source}`}
      value={device.device}
      onChange={event => void choose(event.currentTarget.value)}
    >
      {devices.map(({ deviceId, label }, index) => (
        <option key={deviceId} value={deviceId}>
          {label || t().devices.unnamed(index + 1)}
        </option>
      ))}
    </select>
  );
}

interface HelpProps {
  readonly name: string;
  readonly device: LocalDevice;
  readonly source: Own;
  readonly retry: () => Promise<void>;
}

function DeviceHelp({ name, device, source, retry }: HelpProps) {
  const { title, steps } = t().devices.problem(device.problem ?? "unknown");
  return (
    <div class="notice amber" role="alert" data-testid={`problem-${source}`} data-problem={device.problem}>
      <strong>
        {name} – {title}
      </strong>
      <ol>
        {steps.map(step => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <button type="button" class="button" data-testid={`retry-${source}`} onClick={() => void retry()}>
        {t().retry}
      </button>
    </div>
  );
}
