import { expect, test } from "vitest";
import page from "../index.html?raw";

test("the page loads nothing from another host and holds no inline script or style", () => {
  expect(page).not.toMatch(/https?:\/\//);
  expect(page).not.toMatch(/<style|style=|<script(?![^>]*src=)/);
});
