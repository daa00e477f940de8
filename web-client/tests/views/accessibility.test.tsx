import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import axe from "axe-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../src/protocol";
import { ActsPage } from "../../src/views/acts/ActsPage";
import { CallPage } from "../../src/views/call/CallPage";
import { VisitPage } from "../../src/views/VisitPage";
import { act, seat, snapshot } from "../support/room";
import { DOOR, fakeBrowser, makeClient } from "./client";

beforeEach(() => {
  sessionStorage.clear();
  fakeBrowser();
  document.documentElement.lang = "fr";
  document.title = "Visite";
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Names, roles, order and states; colours need a real browser, where tests/browser looks at them. */
async function faults(): Promise<string[]> {
  const rules = { "color-contrast": { enabled: false } };
  const { violations } = await axe.run(document.body, { rules });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}

test("the join page", async () => {
  const { around } = makeClient();
  render(<VisitPage door={DOOR} />, { wrapper: around });
  await screen.findByTestId("join");
  expect(await faults()).toEqual([]);
});

test.each(["bar-people", "bar-chat", "bar-act"])("the call with the panel of %s", async panel => {
  const { around, enter } = makeClient();
  const rights = [
    "admit",
    "invite",
    "remove",
    "chat",
    "read_chat",
    "check_identity",
    "consent_for",
    "record",
    "publish",
  ];
  const seats = [seat("me"), seat("other"), seat("late", { presence: "waiting" })];
  await enter({ snapshot: snapshot({ rights, seats, act: act({ events: ["start", "end"] }) }) });
  render(<CallPage />, { wrapper: around });
  fireEvent.click(screen.getByTestId(panel));
  expect(await faults()).toEqual([]);
});

test("the acts and the form to plan one", async () => {
  const { around } = makeClient({
    acts: async () => [],
    me: () => Promise.reject(new ApiError(401, "?")),
    establishments: async () => [{ id: "e1", name: "CH de Valmont" }],
  });
  render(<ActsPage />, { wrapper: around });
  fireEvent.click(await screen.findByTestId("plan"));
  expect(await faults()).toEqual([]);
});
