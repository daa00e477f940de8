import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../design";
import { t } from "../../i18n";
import { isTestPicture } from "../../media";
import { useClient } from "../context";

/** One's own picture, mirrored as in a looking-glass, with the two switches that matter before going in. */
export function Preview() {
  const { store, visit } = useClient();
  const texts = t().join;
  const camera = store.device("camera");
  const microphone = store.device("microphone");
  const shown = camera.track !== null && !camera.muted;
  return (
    <figure class="preview">
      {shown ? <OwnPicture track={camera.track} /> : <figcaption>{texts.noPicture}</figcaption>}
      <div class="preview-switches" hidden={camera.status === "problem" && microphone.status === "problem"}>
        <button
          type="button"
          class="stage-button"
          aria-pressed={!microphone.muted}
          disabled={!microphone.track}
          data-testid="preview-microphone"
          onClick={() => visit.mute("microphone", !microphone.muted)}
        >
          <Icon name={microphone.muted || !microphone.track ? "microphoneOff" : "microphone"} />
          {microphone.muted || !microphone.track ? texts.microphoneOff : texts.microphoneOn}
        </button>
        <button
          type="button"
          class="stage-button"
          aria-pressed={!camera.muted}
          disabled={!camera.track}
          data-testid="preview-camera"
          onClick={() => visit.mute("camera", !camera.muted)}
        >
          <Icon name={camera.muted || !camera.track ? "cameraOff" : "camera"} />
          {camera.muted || !camera.track ? texts.cameraOff : texts.cameraOn}
        </button>
      </div>
    </figure>
  );
}

export function OwnPicture({ track }: { track: MediaStreamTrack | null }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!video.current) return;
    video.current.srcObject = track ? new MediaStream([track]) : null;
    void video.current.play?.().catch(() => undefined); // replaced before it began
  }, [track]);
  return (
    <video
      ref={video}
      class={track && isTestPicture(track) ? "" : "mirrored"}
      muted
      playsInline
      autoPlay
      aria-label={t().join.preview}
    />
  );
}
