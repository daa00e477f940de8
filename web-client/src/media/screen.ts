import type { ShownPicture } from "../protocol";
import type { RemoteTrack } from "./sources";

const SETTLE_MS = 150; // a layout moves through many sizes
const HIDDEN_MS = 2_000; // people change tabs for a glance
const STEP = 16; // pixels; what differs by less is the same size

interface Place {
  readonly track: MediaStreamTrack;
  width: number;
  height: number;
  seen: boolean;
}

/**
 * How large the received pictures are on this screen. The server is told, so that no more of a picture is sent than is
 * shown, and nothing of one that is hidden. What has no place on the screen (yet) is not spoken of.
 */
export class Screen {
  private readonly places = new Map<Element, Place>();
  private tracks: readonly RemoteTrack[] = [];
  private told = "[]";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly sizes: ResizeObserver | null;
  private readonly views: IntersectionObserver | null;

  constructor(private readonly tell: (pictures: readonly ShownPicture[]) => Promise<void>) {
    this.sizes = "ResizeObserver" in globalThis ? new ResizeObserver(entries => this.resized(entries)) : null;
    this.views = "IntersectionObserver" in globalThis ? new IntersectionObserver(entries => this.moved(entries)) : null;
    document.addEventListener("visibilitychange", () => this.look(document.hidden ? HIDDEN_MS : 0));
  }

  /** `track` is shown in `element` until the returned function is called. */
  show(element: Element, track: MediaStreamTrack): () => void {
    if (!this.sizes) return () => undefined;
    this.places.set(element, { track, width: 0, height: 0, seen: true });
    this.sizes.observe(element);
    this.views?.observe(element);
    return () => {
      this.sizes?.unobserve(element);
      this.views?.unobserve(element);
      this.places.delete(element);
      this.look();
    };
  }

  /** What arrives from the relay now. */
  receive(tracks: readonly RemoteTrack[]): void {
    this.tracks = tracks.filter(({ via, track }) => via === "relay" && track.kind === "video");
    this.look();
  }

  /** A new session: the server knows nothing of this screen. */
  startOver(): void {
    this.told = "[]";
    this.look();
  }

  private resized(entries: readonly ResizeObserverEntry[]): void {
    for (const { target, contentRect } of entries) {
      Object.assign(this.places.get(target) ?? {}, { width: contentRect.width, height: contentRect.height });
    }
    this.look();
  }

  private moved(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      Object.assign(this.places.get(target) ?? {}, { seen: isIntersecting });
    }
    this.look();
  }

  private look(patience = SETTLE_MS): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tellChange(), patience);
  }

  private tellChange(): void {
    const pictures = this.pictures();
    const said = JSON.stringify(pictures);
    if (said === this.told) return;
    this.told = said;
    this.tell(pictures).catch(() => {
      this.told = ""; // told with the next change
    });
  }

  private pictures(): ShownPicture[] {
    return this.tracks.flatMap(({ track, origin, source }) => {
      const places = [...this.places.values()].filter(place => place.track === track);
      if (places.length === 0) return [];
      const [largest = { width: 0, height: 0 }] = places
        .filter(({ seen }) => seen && !document.hidden)
        .sort((a, b) => b.width * b.height - a.width * a.height);
      return [{ device: origin, source, width: pixels(largest.width), height: pixels(largest.height) }];
    });
  }
}

function pixels(length: number): number {
  return Math.ceil((length * devicePixelRatio) / STEP) * STEP;
}
