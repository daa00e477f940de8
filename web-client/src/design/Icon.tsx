const PATHS = {
  microphone: "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
  microphoneOff:
    "M4 4l16 16M9 9.5v2a3 3 0 0 0 5 2.2M15 9V6.5a3 3 0 0 0-5.6-1.5M5.5 11.5a6.5 6.5 0 0 0 10.3 5.3M18.5 11.5c0 .9-.2 1.7-.5 2.5M12 18v3",
  camera: "M3.5 7.5h11v9h-11zM14.5 11l6-3.5v9l-6-3.5z",
  cameraOff: "M4 4l16 16M9.5 7.5h5v5M14.5 16.5h-11v-9h2.5M14.5 11l6-3.5v9l-3-1.7",
  screen: "M3.5 5h17v11h-17zM8.5 20h7M12 13V8.5m-2 2 2-2 2 2",
  detail: "M10.5 4.5a6 6 0 1 1 0 12 6 6 0 0 1 0-12ZM15 15l5 5M10.5 8v5M8 10.5h5",
  chat: "M4 5h16v11H10l-4 3.5V16H4z",
  people:
    "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.5 19a5.5 5.5 0 0 1 11 0M15.5 5.3a3 3 0 0 1 0 5.4M17 14a5.5 5.5 0 0 1 3.5 5",
  act: "M6 4.5h12v16H6zM9 3v3M15 3v3M9 10.5h6M9 14h6M9 17.5h3.5",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  leave: "M13 4.5H5v15h8M10 12h10.5m-3.5-3.5 3.5 3.5-3.5 3.5",
  record: "M12 6a6 6 0 1 1 0 12 6 6 0 0 1 0-12Z",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  copy: "M9 8.5h10.5V20H9zM5.5 15.5h-1V4H15v1.5",
  alert: "M12 4 3 19.5h18zM12 10v4.5M12 17.2h.01",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  stage: "M3.5 5h17v10h-17zM3.5 18.5h4M10 18.5h4M16.5 18.5h4",
  grid: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
  side: "M3.5 6h8v12h-8zM12.5 6h8v12h-8z",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside a text that says the same; so it is hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
