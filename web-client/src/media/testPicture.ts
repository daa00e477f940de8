const WIDTH = 640;
const HEIGHT = 360;
const PICTURES_PER_S = 15;

const made = new WeakSet<MediaStreamTrack>();

/** A moving picture for a machine without a camera: a pendulum, a clock and the person's initials. */
export function testPicture(name: string): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  const draw = () => pen && paint(pen, name, Date.now());
  draw();
  const timer = setInterval(draw, 1000 / PICTURES_PER_S);
  const [track] = canvas.captureStream(PICTURES_PER_S).getVideoTracks();
  if (!track) throw new Error("a canvas gave no picture");
  const stop = track.stop.bind(track);
  track.stop = () => {
    clearInterval(timer);
    stop();
  };
  made.add(track);
  return track;
}

/** Only ours: a camera program of somebody else may draw on a canvas as well, and has a name that should be shown. */
export const isTestPicture = (track: MediaStreamTrack): boolean => made.has(track);

/** Each person gets a hue of her own, so that two test pictures are told apart. */
export function hueOf(name: string): number {
  return [...name].reduce((hue, letter) => (hue * 31 + letter.charCodeAt(0)) % 360, 7);
}

export function initialsOf(name: string): string {
  const words = name
    .split(/[\s-]+/)
    .filter(word => /\p{Lu}/u.test(word[0] ?? "") && !/^(Dr|Pr|M|Mme|Mr|Mrs|Ms)\.?$/.test(word));
  return (words.length > 0 ? words : [name])
    .slice(0, 2)
    .map(word => word[0] ?? "")
    .join("")
    .toUpperCase();
}

function paint(pen: CanvasRenderingContext2D, name: string, now: number): void {
  const hue = hueOf(name);
  pen.fillStyle = `hsl(${hue} 32% 24%)`;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  const swing = Math.sin(now / 700);
  pen.fillStyle = `hsl(${hue} 45% 62%)`;
  pen.beginPath();
  pen.arc(WIDTH / 2 + swing * 200, HEIGHT * 0.78 - Math.abs(swing) * 24, 22, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.textAlign = "center";
  pen.font = "600 110px system-ui, sans-serif";
  pen.fillText(initialsOf(name), WIDTH / 2, HEIGHT * 0.52);
  pen.font = "500 26px system-ui, sans-serif";
  pen.fillText(new Date(now).toLocaleTimeString("fr-FR"), WIDTH / 2, HEIGHT * 0.16);
}
