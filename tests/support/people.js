// A person for a browser under test: stands in for camera, microphone and screen, and reads the other people's
// pictures and tones. SETUP is filled in by people.py, which also says what its fields mean.
(() => {
  const setup = SETUP;
  const { columns, rows, top } = setup.layout;
  const now = () => performance.now();

  // ---- the code in a picture: see picture_code.py -------------------------------------------------------------

  const crc16 = bytes => {
    let crc = 0xffff;
    for (const byte of bytes) {
      crc ^= byte << 8;
      for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
    }
    return crc;
  };

  const encode = (source, frame, clock) => {
    const body = [(setup.person << 3) | source, frame >> 8, frame & 255, clock >> 16, (clock >> 8) & 255, clock & 255];
    const crc = crc16(body);
    return [...body, crc >> 8, crc & 255];
  };

  const decode = bytes => {
    if (crc16(bytes.slice(0, 6)) !== ((bytes[6] << 8) | bytes[7])) return null;
    const clock = (bytes[3] << 16) | (bytes[4] << 8) | bytes[5];
    const age = ((Date.now() % setup.clockWrap) - clock + setup.clockWrap) % setup.clockWrap;
    return {
      person: bytes[0] >> 3,
      source: bytes[0] & 7,
      frame: (bytes[1] << 8) | bytes[2],
      clock_ms: clock,
      age_ms: age,
    };
  };

  // ---- sources ------------------------------------------------------------------------------------------------

  const startDrawing = source => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [setup.width, setup.height];
    const pen = canvas.getContext("2d");
    const [high, block] = [canvas.height * top, { w: canvas.width / columns, h: (canvas.height * (1 - top)) / rows }];
    let frame = 0;
    const draw = () => {
      frame = (frame + 1) & 0xffff;
      pen.fillStyle = `hsl(${(setup.person * 67) % 360} 45% 40%)`;
      pen.fillRect(0, 0, canvas.width, high);
      pen.fillStyle = "white";
      pen.font = `${Math.round(high / 3)}px sans-serif`;
      pen.fillText(`${setup.name} ${["", "· 2", "· screen"][source]}`, high / 5, high / 1.7);
      pen.fillRect((frame * 4) % canvas.width, high - 6, 24, 6);
      for (let speck = 0; speck < setup.specks; speck++) {
        pen.fillStyle = `hsl(${Math.random() * 360} 60% 50%)`;
        pen.fillRect(Math.random() * canvas.width, Math.random() * (high - 12), 12, 12);
      }
      encode(source, frame, Date.now() % setup.clockWrap).forEach((byte, index) => {
        for (let bit = 0; bit < 8; bit++) {
          const place = index * 8 + bit;
          pen.fillStyle = (byte >> (7 - bit)) & 1 ? "white" : "black";
          pen.fillRect((place % columns) * block.w, high + Math.floor(place / columns) * block.h, block.w, block.h);
        }
      });
    };
    draw();
    setInterval(draw, 1000 / setup.fps);
    return canvas;
  };

  const canvases = new Map();
  const handedOut = new Map(); // device id -> tracks, for unplug()
  const dress = (track, deviceId, label) => {
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), deviceId, groupId: deviceId });
    Object.defineProperty(track, "label", { value: label });
    handedOut.set(deviceId, [...(handedOut.get(deviceId) ?? []), track]);
    return track;
  };
  const pictureTrack = (source, deviceId, label) => {
    if (!canvases.has(source)) canvases.set(source, startDrawing(source));
    return dress(canvases.get(source).captureStream(setup.fps).getVideoTracks()[0], deviceId, label);
  };

  let audio = null;
  const audioContext = () => {
    audio ??= new AudioContext();
    return audio;
  };
  // For recordings: a tenth of a second at each whole second of the clock that is drawn, instead of a tone without end.
  const startBeeping = (context, gain) => {
    let last = 0;
    gain.value = 0;
    setInterval(() => {
      const clock = Date.now() % setup.clockWrap;
      const next = Math.floor(clock / 1000) + 1;
      if (next === last) return;
      last = next;
      const at = context.currentTime + (next * 1000 - clock) / 1000;
      gain.setValueAtTime(0.6, at);
      gain.setValueAtTime(0, at + 0.1);
    }, 50);
  };
  const toneTrack = (deviceId, label) => {
    const context = audioContext();
    const [oscillator, volume, out] = [
      context.createOscillator(),
      context.createGain(),
      context.createMediaStreamDestination(),
    ];
    oscillator.frequency.value = setup.tones[setup.person];
    volume.gain.value = 0.2;
    if (setup.beeps) startBeeping(context, volume.gain);
    oscillator.connect(volume).connect(out);
    oscillator.start();
    return dress(out.stream.getAudioTracks()[0], deviceId, label);
  };

  // ---- devices ------------------------------------------------------------------------------------------------

  const device = (kind, deviceId, label) => ({
    kind,
    deviceId,
    label,
    groupId: deviceId,
    toJSON() {
      return { kind, deviceId, label };
    },
  });
  let devices = [
    ...Array.from({ length: setup.cameras }, (_, index) =>
      device("videoinput", `camera-${index + 1}`, `Camera ${index + 1}`),
    ),
    ...Array.from({ length: setup.microphones }, (_, index) =>
      device("audioinput", `microphone-${index + 1}`, `Microphone ${index + 1}`),
    ),
  ];
  const wantedId = constraint => {
    const id = constraint?.deviceId;
    return typeof id === "object" && !Array.isArray(id) ? [id.exact ?? id.ideal].flat()[0] : [id].flat()[0];
  };
  const choose = (kind, constraint) => {
    const all = devices.filter(candidate => candidate.kind === kind);
    const wanted = wantedId(constraint);
    const found = all.find(candidate => candidate.deviceId === wanted);
    if (wanted && !found && constraint.deviceId.exact) throw new DOMException("no such device", "OverconstrainedError");
    if (!all.length) throw new DOMException("Requested device not found", "NotFoundError");
    return found ?? all[0];
  };

  const media = navigator.mediaDevices;
  const realGetUserMedia = media?.getUserMedia.bind(media);
  const getUserMedia = async (constraints = {}) => {
    if (setup.denied) throw new DOMException("Permission denied", "NotAllowedError");
    const [camera, microphone] = [
      constraints.video && choose("videoinput", constraints.video),
      constraints.audio && choose("audioinput", constraints.audio),
    ];
    const tracks = [];
    if (microphone && setup.ownTone) tracks.push(toneTrack(microphone.deviceId, microphone.label));
    if (microphone && !setup.ownTone) tracks.push(...(await realGetUserMedia({ audio: true })).getAudioTracks());
    if (camera) tracks.push(pictureTrack(Number(camera.deviceId.split("-")[1]) - 1, camera.deviceId, camera.label));
    return new MediaStream(tracks);
  };
  const getDisplayMedia = async () => new MediaStream([pictureTrack(2, "screen-1", "Screen")]);
  if (media) Object.assign(media, { getUserMedia, getDisplayMedia, enumerateDevices: async () => [...devices] });

  const unplug = deviceId => {
    devices = devices.filter(candidate => candidate.deviceId !== deviceId);
    for (const track of handedOut.get(deviceId) ?? []) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
    media.dispatchEvent(new Event("devicechange"));
  };

  // ---- a line with loss: candidates of these ports are replaced by a relay's, see netrelay.py ------------------

  const detour = text =>
    text
      .replace(/^a=candidate:\S+ \d+ udp .*\r\n/gim, line => (setup.udp ? line : ""))
      .replace(/^(a=candidate:(?:\S+ ){5})(\d+)/gm, (all, head, port) => head + (setup.detours[port] ?? port));
  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    return setRemoteDescription.call(this, { type: description.type, sdp: detour(description.sdp) });
  };

  // ---- where nobody can listen: the energy of all sound that has arrived --------------------------------------

  const connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
  };
  const energy = async () => {
    const reports = await Promise.all(connections.map(connection => connection.getStats()));
    const inbound = reports.flatMap(report => [...report.values()]).filter(({ type }) => type === "inbound-rtp");
    return inbound.reduce((sum, { totalAudioEnergy = 0 }) => sum + totalAudioEnergy, 0);
  };

  /** The lines that carry something break, and this side does not notice. */
  const hangUp = () => {
    for (const connection of connections) if (connection.connectionState === "connected") connection.close();
  };

  // ---- reading what a person sees and hears -------------------------------------------------------------------

  let reader = null;
  const readCode = video => {
    const [w, h] = [video.videoWidth, video.videoHeight];
    if (!w) return null;
    reader ??= Object.assign(document.createElement("canvas"), { width: columns * 4, height: rows * 4 }).getContext(
      "2d",
      { willReadFrequently: true },
    );
    reader.drawImage(video, 0, h * top, w, h * (1 - top), 0, 0, columns * 4, rows * 4);
    const pixels = reader.getImageData(0, 0, columns * 4, rows * 4).data;
    const light = (x, y) => pixels[(y * columns * 4 + x) * 4 + 1]; // green stands for luma; the blocks have no colour
    const bytes = new Array((columns * rows) / 8).fill(0);
    for (let place = 0; place < columns * rows; place++) {
      const [x, y] = [(place % columns) * 4 + 1, Math.floor(place / columns) * 4 + 1]; // the inner 2 x 2 of 4 x 4
      const sum = light(x, y) + light(x + 1, y) + light(x, y + 1) + light(x + 1, y + 1);
      bytes[place >> 3] |= (sum > 4 * 128 ? 1 : 0) << (7 - (place & 7));
    }
    return decode(bytes);
  };

  const flows = { pictures: new Map(), sounds: new Map() };
  let listened = 0; // instants
  const frame = 1000 / setup.fps;
  const freeze = Math.max(3 * frame, frame + 150); // a longer gap is one, as getStats counts them
  // A page that stands still itself, on a busy machine, for more than 200 ms: that is no gap of what comes to it.
  let [beat, stood] = [now(), 0];
  const stoodStill = () => stood + Math.max(0, now() - beat - 200);
  setInterval(() => {
    [stood, beat] = [stoodStill(), now()];
  }, 50);
  const note = (flow, key, more = {}) => {
    const stood = stoodStill();
    const entry = flow.get(key) ?? { count: 0, first: now(), last: now(), longest: 0, freezes: [], listened, stood };
    if (more.frame !== undefined && more.frame === entry.frame) return; // the same frame again is a frozen picture
    const gap = now() - entry.last - (stood - entry.stood);
    if (gap > freeze) entry.freezes.push([entry.last, now()]);
    const longest = Math.max(entry.longest, gap);
    flow.set(key, { ...entry, ...more, count: entry.count + 1, last: now(), longest, stood });
  };

  const elements = new Set(); // every media element that was ever given a stream, in the document or not
  const lookAt = video => {
    const onFrame = () => {
      const code = readCode(video);
      if (code)
        note(flows.pictures, `${code.person}/${code.source}`, {
          ...code,
          width: video.videoWidth,
          height: video.videoHeight,
        });
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  };
  const srcObject = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...srcObject,
    set(stream) {
      srcObject.set.call(this, stream);
      if (elements.has(this)) return;
      elements.add(this);
      if (this instanceof HTMLVideoElement) lookAt(this);
    },
  });

  const analysers = new Map(); // audio track -> analyser
  const analyserOf = track => {
    if (!analysers.has(track)) {
      const analyser = audioContext().createAnalyser();
      analyser.fftSize = 1024; // 21 ms at 48 kHz: bins of 47 Hz, tones are 200 Hz apart
      analyser.smoothingTimeConstant = 0;
      audioContext()
        .createMediaStreamSource(new MediaStream([track]))
        .connect(analyser);
      analysers.set(track, { analyser, bins: new Float32Array(analyser.frequencyBinCount) });
    }
    return analysers.get(track);
  };
  const heardIn = track => {
    const { analyser, bins } = analyserOf(track);
    analyser.getFloatFrequencyData(bins);
    const levelAt = hz => bins[Math.round((hz * analyser.fftSize) / audioContext().sampleRate)];
    const isHeard = hz => levelAt(hz) > -45 && levelAt(hz) > levelAt(hz + 100) + 10; // dB; next to a tone it is quiet
    return setup.tones.flatMap((hz, person) => (isHeard(hz) ? [person] : []));
  };
  const listen = () => {
    const heard = new Set();
    for (const element of elements) {
      if (element.paused || element.muted || element.volume === 0) continue;
      const tracks = element.srcObject?.getAudioTracks() ?? [];
      for (const track of tracks.filter(candidate => candidate.readyState === "live" && candidate.enabled))
        for (const person of heardIn(track)) heard.add(String(person));
    }
    for (const person of heard) note(flows.sounds, person);
    listened += 1;
  };
  if (setup.ownTone) setInterval(listen, 10);

  let lastClick = 0;
  addEventListener(
    "click",
    () => {
      lastClick = now();
    },
    true,
  );
  let forgotten = now();
  const told = flow =>
    Object.fromEntries(
      [...flow].map(([key, entry]) => {
        const silent = now() - entry.last;
        const freezes = silent > freeze ? [...entry.freezes, [entry.last, now()]] : entry.freezes;
        const times = {
          since_last_ms: silent,
          longest_gap_ms: Math.max(entry.longest, silent - (stoodStill() - entry.stood)),
          first_after_click_ms: entry.first - lastClick,
          span_ms: now() - entry.first,
          late_ms: entry.first - forgotten,
          freezes: freezes.map(([begin, end]) => [begin - forgotten, end - forgotten]),
          instants: listened - entry.listened,
        };
        return [key, { ...entry, ...times }];
      }),
    );

  window.person = {
    unplug,
    energy,
    hangUp,
    detour: (port, other) => {
      setup.detours[port] = other;
    },
    live: () => connections.filter(({ connectionState }) => connectionState === "connected").length,
    made: () => connections.length,
    connections: () => connections,
    readCode,
    report: () => JSON.stringify({ pictures: told(flows.pictures), sounds: told(flows.sounds) }),
    forget: () => {
      forgotten = now();
      flows.pictures.clear();
      flows.sounds.clear();
    },
  };
})();
