import { Icon } from "../../design";
import { t } from "../../i18n";
import type { TrackFigures } from "../../media";
import { elapsed, mutes, publishes, type Rect, subject, type Tile as TileModel } from "../../state";
import { useClient } from "../context";
import { LineMark } from "./LineMark";
import { Picture } from "./Picture";
import "./tile.css";

const SPEAKING_LEVEL = 0.015;
const WEAK_LOSS = 5; // % from which a person notices

interface Props {
  readonly tile: TileModel;
  readonly rect: Rect;
  /** `filling`: large on a phone, where the edges of a camera's picture are cut. */
  readonly fit: "small" | "large" | "filling";
  readonly press: () => void;
}

/** One picture with what must be said of it: whose it is, whether she speaks, is muted, frozen or gone. */
export function Tile({ tile, rect, fit, press }: Props) {
  const { seat, source, track, own } = tile;
  const figures = useFigures(tile);
  const speaking = useSpeaking(tile);
  const blank = track === null || mutedPicture(tile);
  const large = fit !== "small";
  const filling = fit === "filling" && source === "camera";
  const marks = [large ? "large" : "small", filling ? "filling" : "", own ? "own" : "", speaking ? "speaking" : ""];
  const classes = ["tile", ...marks.filter(Boolean)];
  const place = { left: `${rect.left}px`, top: `${rect.top}px`, width: `${rect.width}px`, height: `${rect.height}px` };
  return (
    <figure class={classes.join(" ")} style={place} data-testid="tile" data-seat={seat.seat} data-source={source}>
      {track ? <Picture tile={tile} track={track} hidden={blank} /> : null}
      {blank ? <Placeholder tile={tile} /> : null}
      <LineMark tile={tile} figures={figures} />
      <State tile={tile} figures={figures} />
      {large && figures && !own ? <Figures figures={figures} /> : null}
      <Caption tile={tile} speaking={speaking} />
      {filling && !own && !blank ? <Hint /> : null}
      {own && large ? null : (
        <button
          type="button"
          class="tile-button"
          aria-label={filling ? t().call.whole(nameOf(tile)) : t().call.enlarge(nameOf(tile))}
          onClick={press}
        />
      )}
    </figure>
  );
}

function useFigures(tile: TileModel): TrackFigures | null {
  const { store } = useClient();
  return (tile.track && store.quality.value.tracks.get(tile.track.id)) ?? null;
}

/** As the relay hears it; on a direct path, where it hears nothing, by our own ear. */
function useSpeaking({ seat, own }: TileModel): boolean {
  const { store } = useClient();
  const { path, speaking } = store.call.value;
  if (path.path === "relay") return speaking.includes(seat.seat);
  const track = own
    ? store.device("microphone").track
    : store.remote.value.find(remote => remote.seat === seat.seat && remote.source === "microphone")?.track;
  const level = track ? (store.quality.value.tracks.get(track.id)?.level ?? 0) : 0;
  return level > SPEAKING_LEVEL && !(own && store.device("microphone").muted);
}

function mutedPicture({ seat, source, device, own }: TileModel): boolean {
  const { store } = useClient();
  return own ? store.device(source).muted : mutes(seat, source, device);
}

function nameOf({ seat, own }: TileModel): string {
  return own ? `${seat.name} (${t().you})` : seat.name;
}

function Caption({ tile, speaking }: { tile: TileModel; speaking: boolean }) {
  const { store } = useClient();
  const { seat, source, own } = tile;
  const texts = t().call;
  const microphoneOff = own
    ? !store.device("microphone").track || store.device("microphone").muted
    : mutes(seat, "microphone", tile.device) || !publishes(seat, "microphone");
  const patient = subject(store.call.value) === seat.seat;
  const view =
    publishes(seat, "detail") && source !== "screen" ? (source === "detail" ? texts.detailView : texts.scene) : "";
  const name = source === "screen" ? texts.screenOf(seat.name) : seat.name;
  return (
    <figcaption class="caption">
      {microphoneOff && source !== "screen" ? (
        <span class="caption-muted" title={texts.muted}>
          <Icon name="microphoneOff" />
          <span class="visually-hidden">{texts.muted}</span>
        </span>
      ) : null}
      {speaking ? (
        <span class="caption-speaking" title={texts.speaking}>
          <i />
          <i />
          <i />
          <span class="visually-hidden">{texts.speaking}</span>
        </span>
      ) : null}
      <span>
        {view === "" ? "" : `${view} · `}
        {own ? t().youTitle : name}
        {patient && !own ? null : <span class="caption-more"> · {own ? name : t().role(seat.role)}</span>}
      </span>
    </figcaption>
  );
}

/** A cut picture says so, for what lies beyond its edges may matter. */
function Hint() {
  return (
    <span class="hint" aria-hidden="true">
      {t().call.wholeHint}
    </span>
  );
}

function Placeholder({ tile }: { tile: TileModel }) {
  return (
    <div class="placeholder">
      <strong>{nameOf(tile)}</strong>
      <span>{t().call.noCamera}</span>
    </div>
  );
}

function State({ tile, figures }: { tile: TileModel; figures: TrackFigures | null }) {
  const { store } = useClient();
  const texts = t().call;
  if (tile.seat.presence === "interrupted") return <p class="tile-state">{texts.lost}</p>;
  if (!figures || tile.own || mutedPicture(tile)) return null;
  if (figures.frozenSince !== null) {
    const age = elapsed(store.now.value - figures.frozenSince / 1000);
    return (
      <p class="tile-state" data-testid="frozen">
        {texts.frozen(age)}
      </p>
    );
  }
  return figures.loss > WEAK_LOSS ? <p class="tile-state weak">{texts.weak(Math.round(figures.loss))}</p> : null;
}

function Figures({ figures }: { figures: TrackFigures }) {
  const { store } = useClient();
  const { roundTrip } = store.quality.value;
  if (figures.width === 0 || figures.fps === 0) return null; // not measured yet, or frozen, which is said elsewhere
  return (
    <p class="figures clock" data-testid="figures">
      <span>
        {figures.width}×{figures.height}
      </span>
      <span>{t().call.pictures(figures.fps)}</span>
      {roundTrip === null ? null : <span>{roundTrip} ms</span>}
    </p>
  );
}
